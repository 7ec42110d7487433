"""Boosting on histograms: missing values, categories in every form, monotonic features, every loss."""

import numpy as np
import pandas as pd

from make.data import INF, NAN, classes, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST, is_at_least

if not is_at_least("1.0.2"):
    from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

NUMBERS = ["sales", "quantity", "discount"]
ROWS = 24
# Probabilities go through exp, which no two libraries round alike.
LINKS = {"ulps": 4}
SMALL = dict(max_iter=6, max_leaf_nodes=7, min_samples_leaf=8)


def numbers(seed, holes=True):
    frame, y = table(seed)
    X = frame[NUMBERS]
    return (with_holes(X, NUMBERS, seed) if holes else X), y


def near_cuts(X, fitted, iterations=1):
    """Rows at the cut points of the first trees and at the doubles beside them, and missing ones."""
    rows = []
    for trees in fitted._predictors[:iterations]:
        for tree in trees:
            for node in tree.nodes:
                if node["is_leaf"] or ("is_categorical" in tree.nodes.dtype.names and node["is_categorical"]):
                    continue
                cut = node["num_threshold" if "num_threshold" in tree.nodes.dtype.names else "threshold"]
                if not np.isfinite(cut):
                    continue
                for value in [cut, np.nextafter(cut, INF), np.nextafter(cut, -INF)]:
                    row = list(X.iloc[len(rows) % len(X)])
                    row[node["feature_idx"]] = value
                    rows.append(row)
    for column in range(X.shape[1]):
        row = list(X.iloc[column])
        row[column] = NAN
        rows.append(row)
    rows.append([NAN] * X.shape[1])
    return pd.DataFrame(rows, columns=X.columns)


@fixture(versions=["0.22.2", "0.24.2", "1.0.2", "1.3.2", "1.4.2", "1.6.1", NEWEST], how="joblib")
def hist_squared():
    X, y = numbers(201)
    fitted = HistGradientBoostingRegressor(random_state=1, **SMALL).fit(X, y)
    return Made(fitted, near_cuts(X, fitted, 2))


@fixture(versions=["0.22.2", NEWEST], how="pickle4")
def hist_without_holes():
    """Trained without missing values: since 0.24 they go where more rows went, before to the right."""
    X, y = numbers(202, holes=False)
    fitted = HistGradientBoostingRegressor(max_bins=40, max_depth=3, **SMALL).fit(X, y)
    return Made(fitted, near_cuts(X, fitted))


@fixture(versions=["0.22.2", "1.2.2", NEWEST], how="zlib")
def hist_absolute():
    X, y = numbers(203)
    loss = "absolute_error" if is_at_least("1.0.2") else "least_absolute_deviation"
    fitted = HistGradientBoostingRegressor(loss=loss, **SMALL).fit(X.to_numpy(), y)
    return Made(fitted, X[:ROWS].to_numpy())


@fixture(versions=["0.24.2", "1.0.2", "1.3.2", NEWEST], how="zlib", tolerance=LINKS)
def hist_poisson():
    X, y = numbers(204)
    fitted = HistGradientBoostingRegressor(loss="poisson", **SMALL).fit(X, np.exp(y / 4))
    return Made(fitted, X[:ROWS])


@fixture(versions=["1.3.2", NEWEST], how="zlib", tolerance=LINKS)
def hist_gamma():
    X, y = numbers(205)
    fitted = HistGradientBoostingRegressor(loss="gamma", **SMALL).fit(X, np.exp(y / 4))
    return Made(fitted, X[:ROWS])


@fixture(versions=["1.2.2", NEWEST], how="zlib")
def hist_quantile():
    X, y = numbers(206)
    fitted = HistGradientBoostingRegressor(loss="quantile", quantile=0.8, **SMALL).fit(X, y)
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.24.2", "1.0.2", "1.4.2", NEWEST], how="zlib")
def hist_monotonic():
    X, y = numbers(207)
    fitted = HistGradientBoostingRegressor(monotonic_cst=[1, 0, -1], early_stopping=True, random_state=7, **SMALL)
    return Made(fitted.fit(X, y), X[:ROWS])


@fixture(versions=["0.22.2", "1.0.2", NEWEST], how="joblib")
def hist_missing_apart():
    """Only whether a number is missing tells rows apart: the cut point is infinite."""
    r = np.random.RandomState(8)
    X = pd.DataFrame({"a": r.rand(120), "b": r.rand(120)})
    X.loc[r.rand(120) < 0.4, "a"] = NAN
    y = X.a.isna() * 3.0 + r.rand(120) * 0.01
    fitted = HistGradientBoostingRegressor(max_iter=3, max_leaf_nodes=2, min_samples_leaf=5).fit(X, y)
    cuts = [node for trees in fitted._predictors for node in trees[0].nodes if not node["is_leaf"]]
    name = "num_threshold" if is_at_least("0.24.2") else "threshold"
    assert any(np.isinf(node[name]) for node in cuts), "no cut point is infinite"
    rows = pd.DataFrame({"a": [NAN, 0.5, 1e308, -1e308, 0.0], "b": [0.1, 0.2, 0.3, NAN, NAN]})
    return Made(fitted, rows)


@fixture(versions=["0.22.2", "0.24.2", "1.0.2", "1.4.2", "1.5.1", NEWEST], how="zlib", tolerance=LINKS)
def hist_two_classes():
    X, y = numbers(209)
    fitted = HistGradientBoostingClassifier(**SMALL).fit(X, classes(y, ["no", "yes"]))
    return Made(fitted, near_cuts(X, fitted))


@fixture(versions=["0.22.2", "1.0.2", "1.2.2", "1.5.1", NEWEST], how="zlib", tolerance=LINKS)
def hist_three_classes():
    X, y = numbers(210)
    fitted = HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=5).fit(X, classes(y, [1, 2, 3]))
    return Made(fitted, X[:ROWS])


@fixture(versions=["1.3.2", NEWEST], how="zlib", tolerance=LINKS)
def hist_undecided():
    """Nothing tells the classes apart: raw scores of 0."""
    fitted = HistGradientBoostingClassifier(max_iter=2).fit(np.zeros((40, 2)), [0, 1] * 20)
    return Made(fitted, np.zeros((2, 2)))


def coded(seed):
    """A column of codes (three of them rare or missing), and one of numbers."""
    r = np.random.RandomState(seed)
    codes = r.choice([0, 1, 2, 3, 5, 8, 13, 31, 32, 63, 200, 254], 300).astype(float)
    numbers = r.rand(300)
    y = np.isin(codes, [1, 5, 32, 200]) * 2.0 + np.isin(codes, [0, 254]) + numbers + r.normal(0, 0.1, 300)
    codes[r.rand(300) < 0.2] = NAN
    return np.column_stack([numbers, codes]), y


def code_rows(codes):
    return np.array([[0.1 + 0.8 * (at % 2), code] for code in codes for at in range(2)])


KNOWN = [0, 1, 2, 3, 5, 8, 13, 31, 32, 63, 200, 254, NAN]


@fixture(versions=["0.24.2", "1.0.2", "1.2.2", "1.3.2", "1.4.2", "1.6.1", NEWEST], how="zlib")
def hist_codes():
    """Until 1.3 a code is cut to whole numbers; since 1.4 an encoder knows the very numbers of training."""
    X, y = coded(212)
    fitted = HistGradientBoostingRegressor(categorical_features=[1], **SMALL).fit(X, y)
    others = [4, 7, 100, 253, 255, 5.9, 1.5, 0.5, -0.5, -1, -3, 256, 257, 1000, 1e10, -1e10]
    return Made(fitted, code_rows(KNOWN + others))


@fixture(versions=["0.24.2", "1.3.2", NEWEST], how="zlib", tolerance=LINKS)
def hist_codes_and_classes():
    X, y = coded(213)
    X = pd.DataFrame(X[:, ::-1], columns=["code", "number"])
    fitted = HistGradientBoostingClassifier(categorical_features=[True, False], max_iter=3, max_leaf_nodes=6).fit(
        X, classes(y, ["a", "b", "c"])
    )
    rows = code_rows(KNOWN + [4, 77])
    return Made(fitted, pd.DataFrame(rows[:, ::-1], columns=X.columns))


def with_texts(seed):
    frame, y = table(seed)
    X = frame[["sales", "segment", "discount", "region"]].copy()
    X.loc[::7, "segment"] = None
    X.loc[::5, "sales"] = NAN
    return X, y


@fixture(versions=["1.4.2", "1.5.1", "1.6.1", NEWEST], how="joblib")
def hist_texts():
    """Texts as categories: the encoder makes unknown ones and missing ones NaN, and puts codes first."""
    X, y = with_texts(214)
    X = X.astype({"segment": "category", "region": "category"})
    fitted = HistGradientBoostingRegressor(categorical_features="from_dtype", **SMALL).fit(X, y)
    return Made(fitted, X[:ROWS])


@fixture(versions=["1.4.2", NEWEST], how="zlib", tolerance=LINKS)
def hist_texts_by_name():
    X, y = with_texts(215)
    fitted = HistGradientBoostingClassifier(categorical_features=["region", "segment"], **SMALL).fit(
        X, classes(y, ["no", "yes"])
    )
    rows = X[:ROWS].copy()
    rows.loc[3, "region"] = "elsewhere"
    rows.loc[4, "segment"] = "nobody"
    return Made(fitted, rows)


@fixture(versions=["1.6.1", NEWEST], how="zlib")
def hist_only_texts():
    X, y = with_texts(216)
    X = X[["segment", "region"]].astype("category")
    fitted = HistGradientBoostingRegressor(categorical_features="from_dtype", **SMALL).fit(X, y)
    return Made(fitted, X[:ROWS])
