"""Trees and forests alone: labels, weights, outputs, missing values."""

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST, RENAMED, is_at_least

# Where nothing of a tree is special: the fixtures of the versions between are others.
PLAIN = ["0.22.2", "0.24.2", "1.0.2", "1.6.1"]

NUMBERS = ["sales", "quantity", "discount"]


@fixture(versions=PLAIN + [RENAMED, "1.2.2"], how="pickle2")
def regressor_array():
    frame, y = table(1)
    X = frame[NUMBERS].to_numpy()
    fitted = RandomForestRegressor(n_estimators=6, max_depth=4, random_state=1).fit(X, y)
    raising = [[[INF, 1, 0]], [[-INF, 1, 0]], [[1e39, 1, 0]]]
    if not is_at_least("1.4.2"):
        raising.append([[NAN, 1, 0]])
    return Made(fitted, X[:60], raising)


@fixture(versions=["0.22.2", "1.0.2", "1.2.2"], how="gzip")
def ten_classes():
    frame, y = table(2, rows=400)
    X = frame[NUMBERS]
    labels = [10.0 * k for k in range(10)]
    fitted = RandomForestClassifier(
        n_estimators=6, max_depth=5, class_weight="balanced_subsample", random_state=2
    ).fit(X, classes(y, labels))
    return Made(fitted, X.iloc[:40], [row_with(X, sales=NAN)])


@fixture(versions=["0.24.2", "1.3.2", "1.6.1"], how="pickle4")
def classes_by_output():
    frame, y = table(5)
    X = frame[NUMBERS].to_numpy()
    Y = np.column_stack(
        [classes(y, ["a", "b", "c"]), classes(-X[:, 1], ["no", "yes"]), classes(X[:, 0], list("vwxyz"))]
    )
    weights = np.random.RandomState(5).rand(len(y))
    fitted = RandomForestClassifier(n_estimators=3, max_depth=4, random_state=5).fit(X, Y, weights)
    raising = [[[INF, 1, 0]]] if is_at_least("1.4.2") else [[[NAN, 1, 0]]]
    return Made(fitted, X[:40], raising)


@fixture(versions=["1.0.2", "1.3.2"], how="joblib")
def many_classes():
    r = np.random.RandomState(6)
    X = r.rand(1500, 3)
    y = r.permutation(np.arange(1500) % 150)  # Every leaf holds most of the classes.
    fitted = DecisionTreeClassifier(max_depth=4, min_samples_leaf=90, random_state=6).fit(X, y, r.rand(1500) * 3)
    rows = X[:8].copy()
    if not is_at_least("1.3.2"):
        return Made(fitted, rows, [[[NAN, 0.5, 0.5]]])
    rows[0, 0] = NAN
    return Made(fitted, rows)


@fixture(versions=PLAIN + [RENAMED, "1.4.2"], how="pickle3")
def extra_three_classes():
    frame, y = table(8)
    X = frame[NUMBERS]
    fitted = ExtraTreesClassifier(n_estimators=5, max_depth=5, random_state=8).fit(X, classes(y, [3, 1, 2]))
    return Made(fitted, X.iloc[:50], [row_with(X, sales=-INF if is_at_least("1.6.1") else NAN)])


@fixture(versions=["1.4.2", "1.6.1"], how="pickle1")
def forest_missing():
    frame, y = table(9)
    X = with_holes(frame[NUMBERS], ["sales", "discount"], 9)
    fitted = RandomForestRegressor(n_estimators=5, max_depth=4, random_state=9).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "quantity"] = NAN
    return Made(fitted, rows, [row_with(X, sales=float("-inf"))])


@fixture(versions=["1.5.1"], how="joblib")
def single_nodes():
    """Trees that never ask: every row has the one answer."""
    frame, _ = table(21, rows=30)
    X = frame[["sales", "quantity"]]
    fitted = RandomForestRegressor(n_estimators=3, random_state=21).fit(X, np.full(30, 0.1))
    return Made(fitted, X.iloc[:5])


@fixture(versions=["1.6.1", "1.7.2"], how="pickle5")
def extra_two_targets():
    frame, y = table(14)
    X = with_holes(frame[NUMBERS], ["sales"], 14).to_numpy()
    Y = np.column_stack([y, -2 * y + np.nan_to_num(X[:, 0])])
    fitted = ExtraTreesRegressor(n_estimators=5, max_depth=5, random_state=14).fit(X, Y)
    return Made(fitted, X[:60])


@fixture(versions=["1.9.1"], how="pickle5")
def best_first():
    frame, y = table(17)
    X = frame[NUMBERS]
    fitted = RandomForestRegressor(
        n_estimators=8, max_leaf_nodes=25, random_state=17, monotonic_cst=[1, 0, -1]
    ).fit(X, y)
    rows = X.iloc[:50].copy()
    rows.loc[rows.index[0], "sales"] = NAN
    return Made(fitted, rows)


@fixture(versions=["1.9.1"], how="joblib")
def tree_missing():
    frame, y = table(18)
    X = with_holes(frame[NUMBERS], ["sales", "quantity"], 18)
    fitted = DecisionTreeRegressor(max_leaf_nodes=30, criterion="absolute_error", random_state=18).fit(X, y)
    return Made(fitted, X.iloc[:60])


@fixture(versions=PLAIN + [RENAMED, NEWEST], how="joblib")
def extra_tree():
    frame, y = table(20)
    X = frame[NUMBERS]
    fitted = ExtraTreeClassifier(max_depth=6, random_state=20).fit(X, classes(y, list("xyz")))
    rows = X.iloc[:40].copy()
    if not is_at_least("1.6.1"):
        return Made(fitted, rows, [row_with(X, discount=NAN)])
    rows.loc[rows.index[0], "discount"] = NAN
    return Made(fitted, rows)


@fixture(versions=["0.22.2", "1.0.2", "1.3.2"], how="pickle2")
def forest_two_targets():
    """Several numbers in each leaf, and features as float32, as integers would come."""
    frame, y = table(22)
    X = frame[NUMBERS].to_numpy().astype(np.float32)
    Y = np.column_stack([y, -3 * y + X[:, 1], np.zeros(len(y))])
    fitted = RandomForestRegressor(n_estimators=4, max_depth=4, random_state=22).fit(X, Y)
    return Made(fitted, X[:40], [[[NAN, 1, 0]]])


@fixture(versions=["0.22.2", "0.24.2", "1.0.2", "1.3.2"], how="pickle4")
def tree_regressor():
    """The mean and the median by their names before and after 1.0, with pruning."""
    frame, y = table(23)
    X = frame[NUMBERS].to_numpy()
    criterion = "absolute_error" if is_at_least("1.0.2") else "mae"
    fitted = DecisionTreeRegressor(criterion=criterion, max_depth=6, ccp_alpha=0.002, random_state=23).fit(X, y)
    return Made(fitted, X[:40], [[[NAN, 1, 0]]])


@fixture(versions=["0.24.2", "1.6.1", NEWEST], how="bz2")
def extra_tree_regressor():
    frame, y = table(24)
    X = frame[["quantity"]].assign(rank=np.arange(len(frame)), rare=np.arange(len(frame)) % 17 == 0)
    fitted = ExtraTreeRegressor(max_depth=6, random_state=24).fit(X, y)
    return Made(fitted, X.iloc[:40], [row_with(X, quantity=INF)])


@fixture(versions=["0.22.2", "1.0.2", "1.6.1", NEWEST], how="zlib")
def one_class():
    """A forest that saw one class only: one certain answer."""
    frame, _ = table(25, rows=40)
    X = frame[NUMBERS].to_numpy()
    fitted = RandomForestClassifier(n_estimators=3, random_state=25).fit(X, np.array(["only"] * 40))
    return Made(fitted, X[:5], [[[INF, 1, 0]]])


@fixture(versions=["0.22.2", "1.2.2", "1.5.1"], how="pickle3")
def weighted_bool_labels():
    """Class weights for truth values, and rows that weigh nothing."""
    frame, y = table(26)
    X = frame[NUMBERS].to_numpy()
    weights = np.where(np.arange(len(y)) % 5 == 0, 0.0, 0.3 + np.arange(len(y)) % 3)
    fitted = RandomForestClassifier(
        n_estimators=5, max_depth=5, class_weight={False: 0.7, True: 2.9}, random_state=26
    ).fit(X, y > 2, weights)
    return Made(fitted, X[:50], [[[INF, 1, 0]]])


@fixture(versions=["0.24.2", "1.3.2"], how="pickle0")
def leaf_of_nothing():
    """Negative weights cancel: the leaf's counts are divided by 1, because their sum is 0."""
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    weights = np.array([1.0, -1.0, 1.0, -1.0])
    fitted = DecisionTreeClassifier(random_state=27).fit(X, np.array([0, 1, 0, 1]), weights)
    assert fitted.tree_.value.tolist() == [[[2.0, -2.0]]]
    return Made(fitted, X)


@fixture(versions=["1.3.2", "1.5.1", "1.6.1"], how="pickle5")
def tree_classifier_missing():
    """Missing values seen in training go where they did best; unseen ones with the majority."""
    frame, y = table(28)
    X = with_holes(frame[NUMBERS], ["sales", "discount"], 28)
    fitted = DecisionTreeClassifier(max_depth=6, random_state=28).fit(X, classes(y, [7, 8, 9]))
    rows = X.iloc[:50].copy()
    rows.loc[rows.index[0], "quantity"] = NAN
    rows.loc[rows.index[1], :] = NAN
    return Made(fitted, rows, [row_with(X, quantity=INF)])


@fixture(versions=["0.22.2", NEWEST], how="lzma")
def tied_votes():
    """Two trees that disagree leave two classes alike: the first of them is the answer."""
    frame, y = table(30, rows=120)
    labels = classes(y + np.random.RandomState(30).normal(0, 2, len(y)), ["c", "a", "b"])
    fitted = RandomForestClassifier(n_estimators=2, max_depth=8, random_state=30).fit(frame[NUMBERS], labels)
    probabilities = np.sort(fitted.predict_proba(frame[NUMBERS]), axis=1)
    ties = np.flatnonzero(probabilities[:, -1] == probabilities[:, -2])
    assert len(ties) >= 10, len(ties)
    return Made(fitted, frame[NUMBERS].iloc[ties[:30]])
