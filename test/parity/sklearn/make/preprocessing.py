"""Everything that stands before the trees: every transformer, every option, each side of a change."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    f_regression,
)
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from make.answers import features_of
from make.crossings import crossings
from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST, RENAMED, is_at_least

NUMBERS = ["sales", "quantity", "discount"]
# From here on the trees at the end take missing values, too.
TAKES_MISSING = is_at_least("1.6.1")
TEXTS = ["segment", "region"]
SHOWN_ROWS = 8


def forest(seed, **options):
    return ExtraTreesRegressor(n_estimators=5, max_depth=6, random_state=seed, **options)


def behind(prepare, X, y, seed, **options):
    return Pipeline([("prepare", prepare), ("forest", forest(seed, **options))]).fit(X, y)


def made(fitted, X, seed, columns=NUMBERS, rows=24, raising=(), **changes):
    """Rows of the training table and rows on both sides of cut points; `changes` go into the first."""
    answered = pd.concat([X.iloc[:rows], crossings(fitted, X, columns, seed)], ignore_index=True)
    for column, values in changes.items():
        for at, value in enumerate(values):
            answered[column] = answered[column].astype(object) if isinstance(value, str) else answered[column]
            answered.loc[at, column] = value
    return prepared(fitted, answered, raising)


def prepared(fitted, rows, raising=()):
    """Shows what the first rows are when they reach the trees: no other proof is as sharp."""
    answered = Made(fitted, rows, list(raising))
    features = features_of(fitted, rows.iloc[:SHOWN_ROWS])
    if hasattr(features, "toarray"):
        features = features.toarray()
    answered.features = np.asarray(features, dtype=np.float64).tolist()
    return answered


def dense(**options):
    """`sparse` became `sparse_output` in 1.2."""
    return dict(options, **{"sparse_output" if is_at_least("1.2.2") else "sparse": False})


def without_missing(X, **changes):
    return [] if TAKES_MISSING else [row_with(X, **changes)]


def numbers(seed, rows=240):
    frame, y = table(seed, rows)
    return frame[NUMBERS].copy(), y


# Columns, unions, pipelines inside of pipelines


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.3.2", "1.5.1", "1.6.1", NEWEST], how="zlib")
def columns_named():
    """Every way to name columns; weights; an estimator for what remains; a column taken twice."""
    frame, y = table(40)
    X = frame.assign(extra=frame.sales * 0.5 + frame.quantity, more=np.arange(240.0) % 17, unused=1.5)
    parts = [
        ("slice", MinMaxScaler(), slice("sales", "discount")),
        ("list", OneHotEncoder(handle_unknown="ignore"), ["region"]),
        ("callable", StandardScaler(), lambda rows: ["quantity", "sales"]),
        ("mask", "passthrough", np.array([c == "more" for c in X.columns])),
        ("negative", "drop", [-1]),
        ("positions", MaxAbsScaler(), [0, 2]),
        ("text", OrdinalEncoder(), ["segment"]),
    ]
    prepare = ColumnTransformer(
        parts,
        remainder=RobustScaler(),
        transformer_weights={"slice": 0.3, "mask": 1.7, "list": 2.5},
    )
    fitted = behind(prepare, X, y, 40)
    # Resolved when it was fitted; a function by name would not be found again.
    prepare = fitted.steps[0][1]
    prepare.transformers = [(n, t, ["quantity", "sales"] if n == "callable" else c) for n, t, c in prepare.transformers]
    raising = [row_with(X, segment="Government"), row_with(X, sales=INF)]
    return made(fitted, X, 40, NUMBERS + ["extra", "more"], raising=raising, region=["Nowhere"])


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.2.2", NEWEST], how="zlib")
def unions():
    """FeatureUnion with weights and parts left out, around pipelines and columns."""
    X, y = numbers(41)
    last = ("same", "passthrough") if is_at_least("1.2.2") else ("same", FunctionTransformer(validate=False))
    parts = [
        ("scaled", make_pipeline(StandardScaler(), MinMaxScaler((-1, 2)))),
        ("some", ColumnTransformer([("a", RobustScaler(), [0]), ("b", "drop", [1])], remainder="passthrough")),
        ("gone", "drop"),
        last,
    ]
    union = FeatureUnion(parts, transformer_weights={"scaled": 3.7, "same": 0.1})
    fitted = behind(union, X, y, 41)
    return made(fitted, X, 41, raising=[row_with(X, discount=INF), *without_missing(X, sales=NAN)])


@fixture(versions=["1.2.2", "1.4.2", "1.6.1", NEWEST], how="zlib")
def set_output_pandas():
    """Steps that hand tables to each other; columns chosen by the names that the step before gave."""
    frame, y = table(42)
    X = with_holes(frame, ["sales", "segment"], 42)
    first = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["sales", "quantity"]),
            ("t", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**dense())), TEXTS),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    second = ColumnTransformer(
        [("again", MinMaxScaler(), ["discount", "sales"])], remainder="passthrough"
    )
    pipeline = Pipeline([("first", first), ("second", second), ("forest", forest(42))])
    fitted = pipeline.set_output(transform="pandas").fit(X, y)
    return made(fitted, X, 42, raising=[row_with(X, region="Nowhere")])


# Imputers


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


# Scalers


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


# Encoders


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
    # Before, a table of several types was checked as objects, among which infinity is one.
    raising = [row_with(X, rate=INF)] if is_at_least("0.22.2") else []
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
        raising.append(row_with(X, given=NAN))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 52)
    rows = X.iloc[5:45].reset_index(drop=True)
    rows.loc[0, "rate"] = 9.75
    rows.loc[1, "given"] = "z"
    return prepared(fitted, rows, raising)


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.3.2", NEWEST], how="zlib")
def ordinal():
    """Unknown and missing values in every way that the version has."""
    X, y = many_texts(53)
    X["year"] = np.random.RandomState(53).choice([2019.0, 2020.0, 2023.0], 240)
    y = y + X.year - 2020
    parts = [("plain", OrdinalEncoder(), ["segment", "year"])]
    raising = [row_with(X, segment="zz"), row_with(X, year=1999.0), row_with(X, segment=NAN)]
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
        raising.append(row_with(X, rare="zz"))
    fitted = behind(ColumnTransformer(parts, remainder="passthrough", sparse_threshold=0).set_params(remainder="drop"), X, y, 53)
    rows = X.iloc[:40].reset_index(drop=True)
    if is_at_least("0.24.2"):
        rows.loc[0, "region"] = "zz"
        rows.loc[1, "code"] = "zz"
    if is_at_least("1.2.2"):
        rows.loc[2, "grade"] = "zz"
    return prepared(fitted, rows, raising)


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


# Bins, quantiles, powers, functions


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.5.1", NEWEST], how="zlib")
def discretized():
    """Until 1.0 a value just below an edge counts as lying on it."""
    X, y = numbers(59)
    options = {"quantile_method": "averaged_inverted_cdf"} if is_at_least("1.9.1") else {}
    if is_at_least("1.3.2"):
        options["subsample"] = None
    rounded = {"dtype": np.float32} if is_at_least("1.2.2") else {}
    prepare = ColumnTransformer(
        [
            ("ordinal", KBinsDiscretizer(5, encode="ordinal", **options), NUMBERS),
            ("one", KBinsDiscretizer(4, encode="onehot", strategy="uniform", **options), ["sales", "quantity"]),
            ("two", KBinsDiscretizer(3, encode="onehot-dense", strategy="kmeans", **options), ["sales"]),
            ("float", KBinsDiscretizer(6, encode="ordinal", **options, **rounded), ["sales"]),
        ]
    )
    fitted = behind(prepare, X, y, 59)
    edges = fitted.steps[0][1].named_transformers_["ordinal"].bin_edges_[0][1:-1]
    near = [*edges, *np.nextafter(edges, -np.inf), *np.nextafter(edges, np.inf), *(edges * (1 - 0.9e-5))]
    return made(fitted, X, 59, raising=[row_with(X, sales=NAN), row_with(X, sales=INF)], sales=[-1e9, 1e9, *near])


@fixture(versions=[RENAMED, "0.22.2", "1.2.2", NEWEST], how="zlib")
def quantile_uniform():
    X, y = numbers(60)
    prepare = ColumnTransformer(
        [
            ("few", QuantileTransformer(n_quantiles=11), NUMBERS),
            ("many", QuantileTransformer(n_quantiles=200), ["sales", "discount"]),
        ]
    )
    fitted = behind(prepare, X, y, 60)
    changes = dict(sales=[-5.0, 1e6, X.sales.min(), X.sales.max()], discount=[0.05, -1.0, 0.8, 0.1])
    return made(fitted, X, 60, raising=[row_with(X, sales=INF)], **changes)


@fixture(versions=["0.22.2", "1.4.2", NEWEST], how="zlib", transcendental=True)
def quantile_normal():
    X, y = numbers(61)
    prepare = QuantileTransformer(n_quantiles=40, output_distribution="normal")
    fitted = behind(prepare, X, y, 61)
    rows = X.iloc[:60].reset_index(drop=True)
    rows.loc[:3, "sales"] = [-5.0, 1e6, X.sales.min(), X.sales.max()]
    return prepared(fitted, rows, [row_with(X, sales=INF), *without_missing(X, sales=NAN)])


@fixture(versions=[RENAMED, "0.22.2", "1.2.2", "1.7.2", NEWEST], how="zlib", transcendental=True)
def powers():
    """Yeo-Johnson, which 1.9 computes by another formula, and Box-Cox."""
    X, y = numbers(62)
    X["signed"] = np.random.RandomState(62).normal(-1, 4, 240)
    prepare = ColumnTransformer(
        [
            ("yj", PowerTransformer(), ["sales", "quantity", "signed"]),
            ("plain", PowerTransformer(standardize=False), ["signed", "discount"]),
            ("bc", PowerTransformer(method="box-cox"), ["sales", "quantity"]),
        ]
    )
    fitted = behind(prepare, X, y, 62)
    raising = [row_with(X, sales=0.0), row_with(X, sales=-1.0), row_with(X, signed=INF), *without_missing(X, sales=NAN)]
    return prepared(fitted, X.iloc[:60], raising)


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", NEWEST], how="zlib")
def exact_functions():
    """Functions that every machine computes alike, and thresholds."""
    X, y = numbers(63)
    X["signed"] = np.random.RandomState(63).normal(0, 4, 240)
    prepare = ColumnTransformer(
        [
            ("none", FunctionTransformer(validate=True), ["sales"]),
            ("root", FunctionTransformer(np.sqrt), ["sales", "quantity"]),
            ("square", FunctionTransformer(np.square, inverse_func=np.sqrt), ["signed"]),
            ("abs", FunctionTransformer(np.abs), ["signed"]),
            ("binary", Binarizer(threshold=0.2), ["signed", "discount"]),
        ]
    )
    fitted = behind(prepare, X, y, 63)
    raising = [row_with(X, signed=1e200), row_with(X, sales=NAN), row_with(X, discount=NAN), *without_missing(X, sales=-1.0)]
    return made(fitted, X, 63, ["sales", "quantity", "signed"], raising=raising, signed=[0.2, -0.2, 0.0, -0.0])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib", transcendental=True)
def logarithms():
    X, y = numbers(64)
    functions = [np.log1p, np.log, np.log2, np.log10, np.expm1, np.exp]
    parts = [(f.__name__, FunctionTransformer(f), ["sales" if f.__name__[0] == "l" else "discount"]) for f in functions]
    fitted = behind(ColumnTransformer(parts, remainder="passthrough"), X, y, 64)
    return prepared(fitted, X.iloc[:60], [row_with(X, sales=0.0), row_with(X, discount=1e4), *without_missing(X, sales=-0.5)])


# Selection


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.6.1", NEWEST], how="zlib")
def selectors():
    """Every selector, each over the same columns."""
    X, y = numbers(65, 160)
    r = np.random.RandomState(65)
    for at in range(6):
        X["noise%d" % at] = np.round(r.rand(160), 1 if at % 2 else 12) * 0.2 ** at
    X["same"] = 2.5
    X["copy"] = X.quantity
    parts = [
        ("variance", VarianceThreshold(), NUMBERS + ["same"]),
        ("above", VarianceThreshold(0.01), list(X.columns)),
        ("best", SelectKBest(f_regression, k=3), list(X.columns)),
        ("all", SelectKBest(f_regression, k="all"), NUMBERS),
        ("percent", SelectPercentile(f_regression, percentile=30), list(X.columns)),
        ("fpr", SelectFpr(f_regression), list(X.columns)),
        ("fdr", SelectFdr(f_regression, alpha=0.2), list(X.columns)),
        ("fwe", SelectFwe(f_regression), list(X.columns)),
        ("generic", GenericUnivariateSelect(f_regression, mode="k_best", param=4), list(X.columns)),
        ("generic fdr", GenericUnivariateSelect(f_regression, mode="fdr", param=0.1), list(X.columns)),
        ("forest", SelectFromModel(RandomForestRegressor(n_estimators=3, max_depth=4, random_state=1)), list(X.columns)),
        ("tree", SelectFromModel(forest(2), threshold="1.5*median", max_features=4), list(X.columns)),
        ("lasso", SelectFromModel(Lasso(alpha=0.01)), list(X.columns)),
        ("linear", SelectFromModel(LinearRegression(), threshold=-np.inf, max_features=2), list(X.columns)),
        ("rfe", RFE(LinearRegression(), n_features_to_select=3), list(X.columns)),
        ("rfecv", RFECV(LinearRegression(), cv=3), list(X.columns)),
    ]
    if is_at_least("0.24.2"):
        from sklearn.feature_selection import SequentialFeatureSelector

        parts.append(("steps", SequentialFeatureSelector(LinearRegression(), n_features_to_select=2, cv=3), NUMBERS + ["copy", "noise0"]))
    fitted = behind(ColumnTransformer(parts), X, y, 65, max_features=0.3)
    raising = [row_with(X, sales=NAN), row_with(X, sales=INF)]
    return made(fitted, X, 65, list(X.columns), raising=raising)


# Products, norms, projections


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.4.2", NEWEST], how="zlib")
def polynomials():
    """Degrees, interactions, sparse columns: each multiplies in an order of its own."""
    X, y = numbers(66)
    sparse = make_pipeline(
        ColumnTransformer([("bins", OneHotEncoder(handle_unknown="ignore"), ["discount"])], remainder="passthrough", sparse_threshold=1.0),
        PolynomialFeatures(3, interaction_only=True),
    )
    parts = [
        ("two", PolynomialFeatures(2), NUMBERS),
        ("three", PolynomialFeatures(3, include_bias=False), NUMBERS),
        ("pairs", PolynomialFeatures(3, interaction_only=True), NUMBERS),
        ("sparse", sparse, NUMBERS),
    ]
    if is_at_least("1.0.2"):
        parts.append(("from", PolynomialFeatures((2, 4)), ["sales", "quantity"]))
    fitted = behind(ColumnTransformer(parts, sparse_threshold=0), X, y, 66, max_features=0.4)
    raising = [row_with(X, sales=NAN), row_with(X, quantity=INF), row_with(X, sales=1e150)]
    return made(fitted, X, 66, ["sales", "quantity"], raising=raising)


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", NEWEST], how="zlib")
def normalized():
    """Sums over three columns, which no machine orders otherwise; a row of zeros; negative maxima."""
    X, y = numbers(67)
    X["signed"] = -np.random.RandomState(67).rand(240)
    X["minus"] = X.signed - X.quantity
    prepare = FeatureUnion([(norm, Normalizer(norm)) for norm in ["l1", "max"]])
    shown = ColumnTransformer([("norms", prepare, NUMBERS), ("minus", Normalizer("max"), ["signed", "minus"])])
    fitted = behind(shown, X, y, 67)
    changes = dict(sales=[0.0, -3.0], quantity=[0.0, -2.0], discount=[0.0, 1.0])
    return made(fitted, X, 67, raising=[row_with(X, sales=NAN), row_with(X, sales=INF)], **changes)


@fixture(versions=["0.22.2", "1.4.2", "1.5.1", NEWEST], how="zlib", transcendental=True)
def projected():
    """Sums that BLAS orders: PCA, plain and whitened, truncated SVD, and lengths by einsum."""
    X, y = numbers(68)
    r = np.random.RandomState(68)
    for at in range(5):
        X["n%d" % at] = r.normal(at, 1 + at, 240) + X.quantity * 0.3
    union = FeatureUnion(
        [
            ("pca", PCA(3, random_state=0)),
            ("white", PCA(4, whiten=True, random_state=0)),
            ("svd", TruncatedSVD(3, random_state=0)),
            ("length", Normalizer("l2")),
        ]
    )
    fitted = behind(union, X, y, 68)
    return prepared(fitted, X.iloc[:60], [row_with(X, sales=NAN), row_with(X, n0=INF)])
