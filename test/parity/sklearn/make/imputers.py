"""Imputers and scalers."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from make.crossings import crossings
from make.data import INF, NAN, row_with, table, with_holes
from make.frame import fixture
from make.prepared import NUMBERS, behind, forest, made, numbers, prepared, without_missing
from make.versions import NEWEST, RENAMED, is_at_least


@fixture(versions=["0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.7.2", NEWEST], how="zlib")
def imputed_numbers():
    """Every statistic, markers instead of NaN, indicators, a column without any value."""
    X, y = numbers(43)
    X = with_holes(X, ["sales", "quantity"], 43)
    X["marked"] = np.where(np.arange(240) % 5 == 0, -999.0, X.discount * 2 + np.arange(240) % 7)
    X["zero"] = np.where(np.arange(240) % 3 == 0, 0.0, np.arange(240.0))
    X["never"] = NAN
    keep = {"keep_empty_features": True} if is_at_least("1.2.2") else {}
    prepare = ColumnTransformer(
        [
            ("mean", SimpleImputer(add_indicator=True), ["sales", "never", "discount"]),
            ("median", SimpleImputer(strategy="median", **keep), ["quantity", "never"]),
            ("mode", SimpleImputer(strategy="most_frequent", add_indicator=True, **keep), ["never", "quantity"]),
            ("constant", SimpleImputer(strategy="constant", fill_value=-7.5), ["sales", "never"]),
            ("default", SimpleImputer(strategy="constant"), ["quantity"]),
            ("marker", SimpleImputer(missing_values=-999, add_indicator=True), ["marked"]),
            ("zero", make_pipeline(SimpleImputer(missing_values=0, strategy="median"), StandardScaler()), ["zero"]),
        ]
    )
    fitted = behind(prepare, X, y, 43)
    answered = pd.concat([X.iloc[:40], crossings(fitted, X.assign(never=1.0), ["sales", "quantity", "marked"], 43)])
    answered = answered.reset_index(drop=True)
    answered.loc[39, "never"] = 4.25
    raising = [row_with(X, marked=NAN), row_with(X, sales=INF), row_with(X, zero=NAN)]
    return prepared(fitted, answered, raising)


@fixture(versions=["0.22.2", "0.24.2", "1.2.2", "1.5.1", NEWEST], how="xz")
def imputed_texts():
    """Texts filled with the most frequent one and with constants; markers that are texts."""
    frame, y = table(44)
    X = frame.copy()
    r = np.random.RandomState(44)
    X.loc[r.rand(240) < 0.2, "segment"] = NAN
    X.loc[r.rand(240) < 0.2, "region"] = "?"
    X["grade"] = pd.Series(r.choice(["a", "b", "n/a"], 240)).astype(object)
    encode = OneHotEncoder(handle_unknown="ignore")
    prepare = ColumnTransformer(
        [
            ("mode", make_pipeline(SimpleImputer(strategy="most_frequent"), encode), ["segment"]),
            ("none", make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OrdinalEncoder()), ["segment"]),
            ("mark", make_pipeline(SimpleImputer(missing_values="?", strategy="most_frequent"), OneHotEncoder()), ["region"]),
            (
                "mark as it is",
                make_pipeline(SimpleImputer(missing_values="n/a", strategy="constant", fill_value="b"), OrdinalEncoder()),
                ["grade"],
            ),
            ("missing", MissingIndicator(missing_values="?"), ["region"]),
        ],
        remainder="passthrough",
    )
    fitted = behind(prepare, X, y, 44)
    raising = [row_with(X, region="Nowhere"), row_with(X, grade="c"), row_with(X, segment="Government")]
    return made(fitted, X, 44, rows=40, raising=raising)


@fixture(versions=["0.24.2", "1.2.2", "1.6.1", NEWEST], how="zlib")
def imputed_markers():
    """None instead of NaN, and pandas.NA where the versions of both libraries get on with it."""
    frame, y = table(45)
    X = frame.copy()
    r = np.random.RandomState(45)
    X["segment"] = X.segment.astype(object).where(r.rand(240) > 0.2, None)
    none = SimpleImputer(missing_values=None, strategy="most_frequent")
    parts = [("none", make_pipeline(none, OneHotEncoder()), ["segment"])]
    if is_at_least("1.2.2"):
        X["region"] = X.region.astype(object).where(r.rand(240) > 0.2, pd.NA)
        na = SimpleImputer(missing_values=pd.NA, strategy="constant", fill_value="?")
        parts.append(("na", make_pipeline(na, OneHotEncoder()), ["region"]))
    else:
        parts.append(("plain", OneHotEncoder(), ["region"]))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 45)
    return made(fitted, X, 45, rows=40, raising=[row_with(X, region="Nowhere")])


@fixture(versions=["0.22.2", "1.2.2", NEWEST], how="zlib")
def missing_indicators():
    X, y = numbers(46)
    X = with_holes(X, ["sales", "quantity"], 46)
    X["marked"] = np.where(np.arange(240) % 4 == 0, -1.0, 3.5)
    union = FeatureUnion(
        [
            ("all", MissingIndicator(features="all", missing_values=NAN)),
            ("some", MissingIndicator(error_on_new=False)),
            ("filled", SimpleImputer(strategy="median")),
            ("mark", ColumnTransformer([("m", MissingIndicator(missing_values=-1), ["marked", "discount"])])),
        ]
    )
    strict = ColumnTransformer([("strict", MissingIndicator(), ["sales", "discount"]), ("rest", union, list(X.columns))])
    fitted = behind(strict, X, y, 46)
    raising = [row_with(X, discount=NAN), row_with(X, discount=-1.0), row_with(X, discount=INF), row_with(X, marked=NAN)]
    return made(fitted, X, 46, rows=40, raising=raising)


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.2.2", "1.4.2", NEWEST], how="zlib")
def scalers():
    """Every scaler with every option, one after the other as well."""
    X, y = numbers(47)
    X["wide"] = np.exp(np.random.RandomState(47).normal(0, 9, 240))
    X["same"] = 3.0
    clip = {"clip": True} if is_at_least("0.24.2") else {}
    clip_abs = {"clip": True} if is_at_least("1.9.1") else {}
    all_columns = list(X.columns)
    prepare = ColumnTransformer(
        [
            ("standard", StandardScaler(), all_columns),
            ("spread", StandardScaler(with_mean=False), ["sales", "wide"]),
            ("centre", StandardScaler(with_std=False), ["sales", "quantity"]),
            ("neither", StandardScaler(with_mean=False, with_std=False), ["sales"]),
            ("range", MinMaxScaler((-3, 11), **clip), all_columns),
            ("absolute", MaxAbsScaler(**clip_abs), all_columns),
            ("robust", RobustScaler(), all_columns),
            ("quantiles", RobustScaler(with_centering=False, quantile_range=(10, 80)), ["wide", "quantity"]),
            ("median", RobustScaler(with_scaling=False), ["wide"]),
            ("chain", make_pipeline(StandardScaler(), MinMaxScaler(), RobustScaler(), MaxAbsScaler()), ["sales", "wide"]),
        ]
    )
    fitted = behind(prepare, X, y, 47, max_features=0.5)
    changes = dict(sales=[-5.0, 1e6, 0.0], wide=[1e15, -1e9, 5e-324], quantity=[1e9, -4.0])
    raising = [row_with(X, sales=INF), *without_missing(X, wide=NAN)]
    return made(fitted, X, 47, NUMBERS + ["wide"], raising=raising, **changes)


@fixture(versions=["1.4.2", NEWEST], how="zlib")
def scaled_missing():
    """Scalers, clips and quantiles let missing values through, to a forest that takes them."""
    X, y = numbers(48)
    X = with_holes(X, NUMBERS, 48)
    prepare = ColumnTransformer(
        [
            ("standard", StandardScaler(), ["sales"]),
            ("range", MinMaxScaler(clip=True), ["quantity"]),
            ("quantile", QuantileTransformer(n_quantiles=20), ["discount"]),
            ("select", VarianceThreshold(0.01), NUMBERS),
        ]
    )
    model = RandomForestRegressor(n_estimators=6, max_depth=6, random_state=48)
    fitted = Pipeline([("prepare", prepare), ("forest", model)]).fit(X, y)
    return made(fitted, X, 48, rows=40, raising=[row_with(X, sales=INF)])


@fixture(versions=["0.22.2", "1.0.2", "1.2.2", NEWEST], how="zlib")
def scaled_sparse():
    """On sparse columns scalers multiply by the reciprocal instead of dividing."""
    frame, y = table(49)
    r = np.random.RandomState(49)
    X = frame[["sales", "quantity", "segment"]].assign(code=["c%02d" % k for k in r.randint(0, 25, 240)])
    X["sales"] = np.where(r.rand(240) < 0.6, 0, X.sales)
    first = ColumnTransformer(
        [("code", OneHotEncoder(handle_unknown="ignore"), ["code", "segment"])], remainder="passthrough", sparse_threshold=1.0
    )
    steps = [first, StandardScaler(with_mean=False), RobustScaler(with_centering=False), MaxAbsScaler()]
    fitted = make_pipeline(*steps, forest(49)).fit(X, y)
    return made(fitted, X, 49, ["sales", "quantity"], raising=[row_with(X, sales=INF)], code=["zz"])
