"""Bins, quantiles, powers, functions, products, norms and projections."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
)

from make.data import INF, NAN, row_with
from make.frame import fixture
from make.prepared import NUMBERS, behind, made, numbers, prepared, without_missing
from make.versions import NEWEST, RENAMED, is_at_least


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
