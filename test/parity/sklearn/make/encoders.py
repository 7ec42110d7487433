"""Categories as numbers: every option of every encoder, each side of a change."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from make.crossings import crossings
from make.data import INF, NAN, classes, row_with, table
from make.frame import fixture
from make.prepared import NUMBERS, TEXTS, behind, dense, made, prepared
from make.versions import NEWEST, RENAMED, is_at_least


@fixture(versions=["0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.3.2", NEWEST], how="zlib")
def one_hot_dropped():
    """`drop` in every form."""
    frame, y = table(50)
    X = frame.assign(two=np.where(frame.quantity > 7, "yes", "no"))
    three = TEXTS + ["two"]
    parts = [
        ("first", OneHotEncoder(drop="first"), three),
        ("named", OneHotEncoder(drop=np.array(["Corporate", "West"], dtype=object), **dense()), TEXTS),
    ]
    if is_at_least("0.24.2"):
        parts.append(("binary", OneHotEncoder(drop="if_binary"), three))
    if is_at_least("1.0.2"):
        parts.append(("ignored", OneHotEncoder(drop="first", handle_unknown="ignore"), ["two"]))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 50)
    raising = [row_with(X, region="Nowhere"), row_with(X, segment=NAN)]
    return made(fitted, X, 50, rows=30, raising=raising)


def many_texts(seed):
    frame, y = table(seed)
    r = np.random.RandomState(seed)
    code = ["c%02d" % k for k in (r.rand(240) ** 2.5 * 14).astype(int)]
    X = frame.assign(code=code, rare=[code[at] if at % 3 else "often" for at in range(240)])
    return X, y + (X.code == "c00") * 3


@fixture(versions=["1.2.2", "1.3.2", "1.6.1", NEWEST], how="zlib")
def one_hot_infrequent():
    """Rare categories share a column, and unknown ones join them where that is asked for."""
    X, y = many_texts(51)
    X["grade"] = pd.Series(np.random.RandomState(51).choice(["a", "b", "c", NAN, "d"], 240, p=[0.5, 0.3, 0.1, 0.08, 0.02])).astype(object)
    X.loc[X.grade == "nan", "grade"] = NAN
    parts = [
        ("joined", OneHotEncoder(min_frequency=12, handle_unknown="infrequent_if_exist"), ["code", "segment"]),
        ("share", OneHotEncoder(min_frequency=0.05, handle_unknown="ignore"), ["code", "rare"]),
        ("most", OneHotEncoder(max_categories=4, drop="first"), ["rare", "region"]),
        ("both", OneHotEncoder(max_categories=3, min_frequency=10, handle_unknown="infrequent_if_exist"), ["grade"]),
        ("binary", OneHotEncoder(max_categories=2, drop="if_binary", handle_unknown="infrequent_if_exist"), ["code", "segment"]),
    ]
    if is_at_least("1.6.1"):
        parts.append(("warned", OneHotEncoder(max_categories=5, handle_unknown="warn"), ["code"]))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 51)
    answered = pd.concat([X.iloc[:36], crossings(fitted, X, NUMBERS, 51)], ignore_index=True)
    answered.loc[0, "code"] = "zz"
    answered.loc[1, "grade"] = "zz"
    answered.loc[2, "segment"] = "zz"
    return prepared(fitted, answered, [row_with(X, rare="zz"), row_with(X, region="zz")])


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.2.2", NEWEST], how="zlib")
def one_hot_types():
    """Whole numbers, numbers, truth values, objects that are numbers, None beside NaN, lists of one's own."""
    r = np.random.RandomState(52)
    X = pd.DataFrame(
        {
            "year": r.choice([2019, 2020, 2021], 200),
            "rate": r.choice([0.1, 2.5, 1e20], 200),
            "member": r.rand(200) < 0.4,
            "object": pd.Series(r.choice([3, 5, 8], 200)).astype(object),
            "given": pd.Series(r.choice(["b", "a"], 200)).astype(object),
            "amount": r.rand(200),
        }
    )
    y = X.year - 2019 + np.log(X.rate) + 3 * X.member + (X.object == 5) + (X.given == "a") * 2 + X.amount
    encode = OneHotEncoder(handle_unknown="ignore", dtype=np.float32)
    given = OneHotEncoder(categories=[["b", "a", "never"]], handle_unknown="ignore")
    parts = [("all", encode, ["year", "rate", "member", "object"]), ("given", given, ["given"])]
    if not is_at_least("1.9.1"):
        # Since then even categories of one's own must be of one type.
        X["mixed"] = pd.Series([["a", 3, "3"][at % 3] for at in range(200)]).astype(object)
        y = y + (X.mixed == 3) * 2 - (X.mixed == "3")
        mixed = OneHotEncoder(categories=[["a", 3, "3"]], handle_unknown="ignore")
        parts.append(("mixed", mixed, ["mixed"]))
    # Before, a table of several types was checked as objects, among which infinity is one.
    raising = [dict(rate=INF)] if is_at_least("0.22.2") else []
    if is_at_least("0.24.2"):
        X["none"] = pd.Series(r.choice(["x", "y"], 200)).astype(object)
        X.loc[r.rand(200) < 0.2, "none"] = None
        X["nan"] = np.where(r.rand(200) < 0.3, NAN, X.rate)
        X["both"] = pd.Series(r.choice(["x", "y"], 200)).astype(object)
        X.loc[r.rand(200) < 0.2, "both"] = NAN
        X.loc[:4, "both"] = [None] * 5
        y = y + X["both"].isna() * 2 + X["none"].isna() - X["nan"].isna()
        parts.append(("missing", OneHotEncoder(), ["none", "nan", "both"]))
    else:
        raising.append(dict(given=NAN))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 52)
    rows = X.iloc[5:45].reset_index(drop=True)
    rows.loc[0, "rate"] = 9.75
    rows.loc[1, "given"] = "z"
    return prepared(fitted, rows, [row_with(X, **changes) for changes in raising])


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.3.2", NEWEST], how="zlib")
def ordinal():
    """Unknown and missing values in every way that the version has."""
    X, y = many_texts(53)
    X["year"] = np.random.RandomState(53).choice([2019.0, 2020.0, 2023.0], 240)
    y = y + X.year - 2020
    parts = [("plain", OrdinalEncoder(), ["segment", "year"])]
    raising = [dict(segment="zz"), dict(year=1999.0), dict(segment=NAN)]
    if is_at_least("0.24.2"):
        unknown = dict(handle_unknown="use_encoded_value")
        parts.append(("minus", OrdinalEncoder(unknown_value=-1, dtype=np.int64, **unknown), ["region"]))
        parts.append(("far", OrdinalEncoder(unknown_value=99, **unknown), ["code"]))
    if is_at_least("1.2.2"):
        X["grade"] = pd.Series(np.random.RandomState(54).choice(["a", "b", "c"], 240)).astype(object)
        X.loc[np.random.RandomState(55).rand(240) < 0.2, "grade"] = NAN
        y = y + (X.grade == "b") * 2 + X.grade.isna()
        missing = OrdinalEncoder(encoded_missing_value=-5, unknown_value=-2, **unknown)
        parts.append(("missing", missing, ["grade"]))
    if is_at_least("1.3.2"):
        rare = OrdinalEncoder(min_frequency=12, encoded_missing_value=40, unknown_value=50, **unknown)
        parts.append(("rare", rare, ["rare", "grade"]))
        parts.append(("most", OrdinalEncoder(max_categories=4), ["rare"]))
        raising.append(dict(rare="zz"))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough", sparse_threshold=0).set_params(remainder="drop"), X, y, 53)
    rows = X.iloc[:40].reset_index(drop=True)
    if is_at_least("0.24.2"):
        rows.loc[0, "region"] = "zz"
        rows.loc[1, "code"] = "zz"
    if is_at_least("1.2.2"):
        rows.loc[2, "grade"] = "zz"
    return prepared(fitted, rows, [row_with(X, **changes) for changes in raising])


@fixture(versions=["0.24.2", "1.0.2", NEWEST], how="zlib")
def ordinal_none():
    """None is a category like others, also where NaN raised."""
    X, y = table(57, rows=120)
    X["region"] = X.region.astype(object)
    X.loc[np.random.RandomState(58).rand(120) < 0.2, "region"] = None
    y = y + X.region.isna() * 3
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    fitted = behind(ColumnTransformer([("texts", encoder, ["region"]), ("numbers", "passthrough", ["sales"])]), X, y, 59)
    return prepared(fitted, X.iloc[:30].reset_index(drop=True), [])


def target_encoded(target_type, seed, labels):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.preprocessing import TargetEncoder

    X, y = many_texts(seed)
    X["year"] = np.random.RandomState(seed).choice([2019.0, 2020.0, NAN], 240)
    encode = ColumnTransformer(
        [("mean", TargetEncoder(random_state=0, cv=3), ["code", "region", "year"]), ("rest", "passthrough", NUMBERS)]
    )
    if labels is None:
        fitted = behind(encode, X, y, seed)
    else:
        model = RandomForestClassifier(n_estimators=6, max_depth=6, random_state=seed)
        fitted = Pipeline([("prepare", encode), ("forest", model)]).fit(X, classes(y, labels))
    assert fitted.steps[0][1].named_transformers_["mean"].target_type_ == target_type
    rows = X.iloc[:40].reset_index(drop=True)
    rows.loc[0, "code"] = "zz"
    rows.loc[1, "year"] = 1999.0
    rows.loc[2, "region"] = NAN
    return prepared(fitted, rows, [row_with(X, year=INF)])


@fixture(versions=["1.3.2", NEWEST], how="zlib")
def target_continuous():
    return target_encoded("continuous", 56, None)


@fixture(versions=["1.3.2", "1.4.2", NEWEST], how="zlib")
def target_binary():
    return target_encoded("binary", 57, ["no", "yes"])


@fixture(versions=["1.4.2", NEWEST], how="zlib")
def target_multiclass():
    return target_encoded("multiclass", 58, ["a", "b", "c"])


@fixture(versions=["0.22.2", NEWEST], how="zlib")
def encoded_twice():
    """Encoders of what encoders and bins made, which raise on what they do not know."""
    frame, y = table(71)
    X = frame.assign(level=np.random.RandomState(71).choice([1.0, 2.0, 4.0], 240))
    y = y + X.level
    bins = KBinsDiscretizer(3, encode="ordinal", **({"quantile_method": "averaged_inverted_cdf"} if is_at_least("1.9.1") else {}))
    scaled = make_pipeline(StandardScaler(with_mean=False, with_std=False), MaxAbsScaler())
    prepare = ColumnTransformer(
        [
            ("texts", make_pipeline(OrdinalEncoder(), OneHotEncoder()), TEXTS),
            ("bins", make_pipeline(bins, OneHotEncoder(handle_unknown="ignore")), ["sales"]),
            ("scaled", make_pipeline(scaled, OneHotEncoder()), ["level"]),
            ("ordered", make_pipeline(scaled, OrdinalEncoder()), ["level"]),
        ]
    )
    fitted = behind(prepare, X, y, 71)
    return made(fitted, X, 71, ["sales"], raising=[row_with(X, region="Nowhere"), row_with(X, level=3.0)])
