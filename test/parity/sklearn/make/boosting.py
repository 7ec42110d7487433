"""Gradient boosting: every loss, every start, both sides of every cut, two classes and more."""

import math

import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier

from make.data import INF, NAN, classes, row_with, table
from make.frame import Made, fixture
from make.versions import NEWEST, RENAMED, is_at_least

NUMBERS = ["sales", "quantity", "discount"]
ROWS = 24
# Probabilities go through exp, which no two libraries round alike.
LINKS = {"ulps": 4}
# Where every row starts from a logarithm, the sums are off, too.
STARTS = {"relative": 1e-13}


def numbers(seed, rows=200):
    frame, y = table(seed, rows=rows)
    return frame[NUMBERS], y


def sums(fitted, X):
    """Before 0.21 the raw prediction had another name."""
    X = np.ascontiguousarray(X, dtype=np.float32)
    return fitted._raw_predict(X) if is_at_least("0.22.2") else fitted._decision_function(X)


def made(fitted, rows, raising=()):
    return Made(fitted, rows, raising, raw=sums(fitted, rows))


def beside_cuts(X, trees, columns):
    """A row at every cut point of the first trees and at its neighbours among the float32 numbers."""
    rows = []
    for tree in trees:
        inner = tree.tree_.children_left >= 0
        for feature, threshold in zip(tree.tree_.feature[inner], tree.tree_.threshold[inner]):
            near = np.float32(threshold)
            for value in [threshold, near, np.nextafter(near, np.float32(INF)), np.nextafter(near, np.float32(-INF))]:
                row = X.iloc[0].to_dict()
                row[columns[feature]] = float(value)
                rows.append(row)
    return X.iloc[:0].append(rows) if hasattr(X, "append") else type(X)(rows, columns=columns)


def logarithms(shares, log, exp):
    """All that the versions start from: logarithms of shares, of odds, of shares to their mean."""
    mean = exp(np.mean([log(share) for share in shares]))
    return [[log(share), log(share / (1 - share)), log(share / mean)] for share in shares]


def steady(X, labels):
    """Rows are left out until every logarithm of the classes' shares is the same by numpy and by C.

    numpy's vector code (which depends on the machine) is a unit in the last place off for some numbers.
    """
    while True:
        shares = np.unique(labels, return_counts=True)[1] / len(labels)
        by_vector = logarithms(shares, lambda x: np.log(np.full(8, x))[0], lambda x: np.exp(np.full(8, x))[0])
        if by_vector == logarithms(shares, math.log, math.exp):
            return X, labels
        X, labels = X[:-1], labels[:-1]


# The names of losses changed in 1.0 and 1.1; what is in the files did, too.
def squared():
    return "squared_error" if is_at_least("1.0.2") else "ls"


def absolute():
    return "absolute_error" if is_at_least("1.0.2") else "lad"


def log_loss():
    return "log_loss" if is_at_least("1.2.2") else "deviance"


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.3.2", "1.4.2", NEWEST], how="joblib")
def boosted_squared():
    X, y = numbers(101)
    fitted = GradientBoostingRegressor(
        loss=squared(), n_estimators=12, learning_rate=0.17, max_depth=3, subsample=0.8, n_iter_no_change=5, random_state=1
    ).fit(X, y)
    near = beside_cuts(X, fitted.estimators_[:2, 0], NUMBERS)
    return made(fitted, near, [row_with(X, sales=NAN), row_with(X, sales=INF), row_with(X, quantity=-1e39)])


@fixture(versions=["0.22.2", "1.2.2", NEWEST], how="pickle4")
def boosted_absolute():
    X, y = numbers(102)
    fitted = GradientBoostingRegressor(loss=absolute(), n_estimators=9, max_features=2, random_state=2).fit(X, y)
    return made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["0.22.2", "1.4.2", NEWEST], how="zlib")
def boosted_huber():
    X, y = numbers(103)
    fitted = GradientBoostingRegressor(loss="huber", alpha=0.8, n_estimators=9, random_state=3).fit(X, y)
    return made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.4.2", NEWEST], how="zlib")
def boosted_quantile():
    X, y = numbers(104)
    fitted = GradientBoostingRegressor(
        loss="quantile", alpha=0.75, n_estimators=9, max_leaf_nodes=6, random_state=4
    ).fit(X.to_numpy(), y, np.linspace(1, 2, len(y)))
    return made(fitted, X[:ROWS].to_numpy(), [[[NAN, 1, 0]]])


@fixture(versions=[RENAMED, "0.22.2", "1.5.1", NEWEST], how="zlib")
def boosted_from_zero():
    X, y = numbers(105)
    fitted = GradientBoostingRegressor(init="zero", n_estimators=7, random_state=5).fit(X, y)
    return made(fitted, X[:ROWS])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", "1.4.2", "1.7.2", NEWEST], how="zlib", tolerance=LINKS)
def boosted_two_classes():
    X, y = numbers(106)
    fitted = GradientBoostingClassifier(loss=log_loss(), n_estimators=9, random_state=6).fit(
        *steady(X, classes(y, ["no", "yes"]))
    )
    near = beside_cuts(X, fitted.estimators_[:1, 0], NUMBERS)
    return made(fitted, near, [row_with(X, sales=NAN), row_with(X, sales=INF)])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", "1.4.2", "1.7.2", NEWEST], how="zlib", tolerance=LINKS)
def boosted_three_classes():
    X, y = numbers(107)
    fitted = GradientBoostingClassifier(
        n_estimators=6, max_depth=2, learning_rate=0.3, random_state=7
    ).fit(*steady(X, classes(y, [3, 7, 11])))
    return made(fitted, X[:ROWS], [row_with(X, discount=NAN)])


@fixture(versions=["1.3.2", NEWEST], how="joblib", tolerance=LINKS)
def boosted_nine_classes():
    X, y = numbers(108, rows=400)
    fitted = GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=8).fit(
        *steady(X, classes(y, list("abcdefghi")))
    )
    return made(fitted, X[:ROWS])


@fixture(versions=[RENAMED, "0.22.2", "1.3.2", "1.4.2", NEWEST], how="zlib", tolerance=LINKS)
def boosted_exponential():
    X, y = numbers(109)
    fitted = GradientBoostingClassifier(loss="exponential", n_estimators=8, random_state=9).fit(
        *steady(X, classes(y, [False, True]))
    )
    return made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], how="zlib", tolerance=LINKS)
def boosted_classes_from_zero():
    """Where the sum is 0 the second class wins since 1.4, the first one before."""
    X, y = numbers(110)
    labels = classes(y, ["a", "b", "c"])
    fitted = GradientBoostingClassifier(init="zero", n_estimators=4, max_depth=2, random_state=10).fit(X, labels)
    return made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2", "1.4.2", NEWEST], how="zlib", tolerance=LINKS)
def boosted_undecided():
    """Nothing tells the classes apart, so every sum is 0: a tie."""
    X = np.zeros((40, 2))
    fitted = GradientBoostingClassifier(init="zero", n_estimators=2, random_state=11).fit(X, [0, 1] * 20)
    return made(fitted, X[:3])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib")
def boosted_from_forest():
    """The sum begins with what the forest says of the row, and then the trees are added in order."""
    X, y = numbers(112)
    forest = RandomForestRegressor(n_estimators=3, max_depth=4, random_state=12)
    fitted = GradientBoostingRegressor(init=forest, n_estimators=10, random_state=12).fit(X, y)
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN), row_with(X, sales=INF)], raw=None)


@fixture(versions=["0.22.2", "1.3.2", "1.4.2", NEWEST], how="zlib", tolerance=STARTS)
def boosted_classes_from_tree():
    X, y = numbers(113)
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=9, random_state=13)
    fitted = GradientBoostingClassifier(init=tree, n_estimators=5, random_state=13).fit(X, classes(y, ["n", "y"]))
    return Made(fitted, X[:ROWS], raw=None)


@fixture(versions=["0.22.2", "1.3.2", "1.4.2", NEWEST], how="joblib", tolerance=STARTS)
def boosted_three_classes_from_forest():
    X, y = numbers(114)
    forest = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=14)
    fitted = GradientBoostingClassifier(init=forest, n_estimators=4, max_depth=2, random_state=14).fit(
        X, classes(y, ["a", "b", "c"])
    )
    return Made(fitted, X[:ROWS], raw=None)


@fixture(versions=["0.22.2", NEWEST], how="zlib", tolerance=STARTS)
def boosted_exponential_from_tree():
    X, y = numbers(115)
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=9, random_state=15)
    fitted = GradientBoostingClassifier(loss="exponential", init=tree, n_estimators=4, random_state=15).fit(
        X, classes(y, ["n", "y"])
    )
    return Made(fitted, X[:ROWS], raw=None)
