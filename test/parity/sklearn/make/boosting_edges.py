"""Boosted trees where one bit decides: values on and beside thresholds, and priors beyond any epsilon."""

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from make.data import INF, NAN
from make.frame import Made, fixture
from make.versions import NEWEST, is_at_least


def quarters(seed, rows=160):
    """Numbers with few bits, so that the middle between two of them is a float32 too."""
    r = np.random.RandomState(seed)
    X = r.randint(0, 40, (rows, 2)) / 4
    return X, X[:, 0] - X[:, 1] ** 2 / 7 + r.normal(0, 0.3, rows)


def rows_at(cuts):
    """For each (feature, threshold): the threshold, and the double on either side of it."""
    rows = []
    for feature, threshold in cuts:
        for value in (threshold, np.nextafter(threshold, -INF), np.nextafter(threshold, INF)):
            row = np.array([5.125, 5.125])
            row[feature] = value
            rows.append(row)
    return np.array(rows)


@fixture(versions=["0.22.2", "1.2.2", NEWEST], how="joblib")
def boosted_ties():
    X, y = quarters(40)
    fitted = GradientBoostingRegressor(n_estimators=6, max_depth=2, learning_rate=0.3, random_state=40).fit(X, y)
    trees = [tree.tree_ for stage in fitted.estimators_ for tree in stage]
    cuts = {(f, t) for tree in trees for f, t in zip(tree.feature, tree.threshold) if f >= 0}
    return Made(fitted, rows_at(sorted(cuts)), [[[NAN, 1.0]], [[1.0, INF]]])


@fixture(versions=["0.24.2", "1.2.2", NEWEST], how="joblib")
def hist_ties():
    """Values that float32 could not tell apart, and rows on the thresholds between them."""
    if not is_at_least("1.0.2"):
        from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
    from sklearn.ensemble import HistGradientBoostingRegressor

    X, y = quarters(41)
    X = 5 + X * 1e-9
    fitted = HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=6, min_samples_leaf=5, random_state=41).fit(X, y)
    name = "num_threshold" if is_at_least("0.24.2") else "threshold"
    nodes = [node for iteration in fitted._predictors for tree in iteration for node in tree.nodes]
    cuts = {(int(node["feature_idx"]), float(node[name])) for node in nodes if not node["is_leaf"]}
    return Made(fitted, rows_at(sorted(cuts)))


@fixture(versions=["0.22.2", "1.3.2", "1.7.2", NEWEST], how="joblib", tolerance={"ulps": 4})
def prior_clipped():
    """A class that weighs next to nothing: its prior is less than the epsilons of float32 and float64."""
    X, y = quarters(42)
    labels = (y > 0).astype(int)
    weights = np.where(labels == 1, 1e-20, 1.0)
    fitted = GradientBoostingClassifier(n_estimators=2, max_depth=1, random_state=42).fit(X, labels, weights)
    return Made(fitted, X[:20])
