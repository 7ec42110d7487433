"""Which columns go where: transformers side by side, unions, pipelines inside of pipelines, selectors."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
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
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from make.data import INF, NAN, row_with, table, with_holes
from make.frame import fixture
from make.prepared import NUMBERS, TEXTS, behind, dense, forest, made, numbers, prepared, without_missing
from make.versions import NEWEST, RENAMED, is_at_least


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


@fixture(versions=["0.24.2", "1.2.2", NEWEST], how="zlib")
def united_columns():
    """A union keeps no names; its parts know them, and which columns nobody asks for."""
    X, y = table(87, rows=120)
    parts = [
        ("numbers", ColumnTransformer([("scaled", StandardScaler(), ["sales"])])),
        ("texts", make_pipeline(ColumnTransformer([("encoded", OneHotEncoder(), ["segment"])], sparse_threshold=0))),
    ]
    fitted = behind(FeatureUnion(parts), X, y, 88)
    return prepared(fitted, X.iloc[:20].reset_index(drop=True), [])


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
