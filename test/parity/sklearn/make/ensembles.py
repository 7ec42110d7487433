"""Ensembles of estimators of any kind: AdaBoost, Bagging, IsolationForest."""

import numpy as np
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST, RENAMED, is_at_least

NUMBERS = ["sales", "quantity", "discount"]
ROWS = 24
# Probabilities go through exp, which no two libraries round alike.
LINKS = {"ulps": 8}
# A score less its offset is small: what was the last place before is not any more.
DEPTHS = {"relative": 1e-13}
SUMS = {"relative": 1e-9}


def numbers(seed, rows=200):
    frame, y = table(seed, rows=rows)
    return frame[NUMBERS], y


def wide(seed):
    """More columns, so that a draw of some of them says something."""
    r = np.random.RandomState(seed)
    X = r.rand(160, 7)
    return X, X[:, 1] + 2 * X[:, 4] - X[:, 6] ** 2 + r.normal(0, 0.05, 160)


def of(estimator):
    """The parameter's name changed in 1.2."""
    return {"estimator" if is_at_least("1.2.2") else "base_estimator": estimator}


# IsolationForest


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.3.2", "1.6.1", NEWEST], how="joblib", tolerance=DEPTHS)
def isolation():
    X, _ = numbers(301)
    extra = {} if is_at_least("0.24.2") else {"behaviour": "new"}
    fitted = IsolationForest(n_estimators=7, max_samples=64, contamination=0.1, random_state=1, **extra).fit(X)
    rows = X[:ROWS].copy()
    rows.iloc[1, 0] = 9e5
    raising = [] if is_at_least("1.6.1") else [row_with(X, sales=INF), row_with(X, sales=NAN)]
    return Made(fitted, rows, raising)


@fixture(versions=["0.22.2", "1.2.2", "1.7.2", NEWEST], how="zlib", tolerance=DEPTHS)
def isolation_of_some_columns():
    X, _ = wide(302)
    extra = {} if is_at_least("0.24.2") else {"behaviour": "new", "contamination": "auto"}
    fitted = IsolationForest(
        n_estimators=6, max_samples=0.3, max_features=3, bootstrap=True, random_state=2, **extra
    ).fit(X)
    return Made(fitted, X[:ROWS])


@fixture(versions=["1.6.1", NEWEST], how="zlib", tolerance=DEPTHS)
def isolation_with_holes():
    X, _ = numbers(303)
    X = with_holes(X, NUMBERS, 303)
    fitted = IsolationForest(n_estimators=5, max_samples=80, random_state=3).fit(X)
    return Made(fitted, X[:ROWS])


@fixture(versions=[RENAMED], how="zlib", tolerance=DEPTHS)
def isolation_of_old():
    """The old behaviour had a threshold of its own."""
    X, _ = numbers(304)
    fitted = IsolationForest(
        n_estimators=6, max_samples=50, contamination=0.15, behaviour="old", random_state=4
    ).fit(X)
    return Made(fitted, X[:ROWS])


# Bagging


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", NEWEST], how="zlib")
def bagged_regressor():
    X, y = wide(311)
    fitted = BaggingRegressor(n_estimators=7, max_features=4, max_samples=0.6, random_state=1, **of(
        DecisionTreeRegressor(max_depth=4)
    )).fit(X, y)
    raising = [] if is_at_least("1.3.2") else [[[NAN] * 7]]
    return Made(fitted, X[:ROWS], raising + [[[INF] * 7]])


@fixture(versions=["1.3.2", "1.6.1", NEWEST], how="zlib")
def bagged_with_holes():
    frame, y = table(312)
    X = with_holes(frame[NUMBERS], NUMBERS, 312)
    fitted = BaggingRegressor(n_estimators=5, random_state=2, **of(DecisionTreeRegressor(max_depth=4))).fit(X, y)
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], how="joblib")
def bagged_two_outputs():
    X, y = wide(313)
    Y = np.column_stack([y, -2 * y + X[:, 0]])
    fitted = BaggingRegressor(
        n_estimators=4, bootstrap_features=True, random_state=3, **of(ExtraTreeRegressor(max_depth=4))
    ).fit(X, Y)
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.0.2", "1.3.2", "1.4.2", NEWEST], how="zlib")
def bagged_classes():
    X, y = wide(314)
    fitted = BaggingClassifier(
        n_estimators=6, max_features=3, random_state=4, **of(DecisionTreeClassifier(max_depth=3))
    ).fit(X, classes(y, ["a", "b", "c"]))
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib")
def bagged_classes_not_seen_by_all():
    """A pipeline takes no weights, so each is trained on a sample: some of them lack the rare class."""
    X, y = wide(315)
    labels = classes(y, [10, 20])
    labels[:2] = 15
    fitted = BaggingClassifier(n_estimators=8, max_samples=0.2, random_state=5, **of(
        make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3))
    )).fit(X, labels)
    known = {len(pipeline.classes_) for pipeline in fitted.estimators_}
    assert known == {2, 3}, "all of them know all classes"
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib")
def bagged_forests():
    X, y = wide(316)
    forest = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=6)
    fitted = BaggingClassifier(n_estimators=3, max_features=4, random_state=6, **of(forest)).fit(
        X, classes(y, ["no", "yes"])
    )
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], how="zlib", tolerance=SUMS)
def bagged_votes():
    """Estimators that know no probabilities vote; their decisions are averaged, too."""
    X, y = wide(317)
    fitted = BaggingClassifier(n_estimators=5, max_features=3, random_state=7, **of(LinearSVC(random_state=7))).fit(
        X, classes(y, ["a", "b", "c"])
    )
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], how="zlib", tolerance=SUMS)
def bagged_logistic():
    X, y = wide(318)
    fitted = BaggingClassifier(n_estimators=4, max_features=5, random_state=8, **of(LogisticRegression())).fit(
        X, classes(y, ["no", "yes"])
    )
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], how="joblib", tolerance=SUMS)
def bagged_linear():
    X, y = wide(319)
    fitted = BaggingRegressor(n_estimators=4, max_features=5, random_state=9, **of(LinearRegression())).fit(X, y)
    return Made(fitted, X[:ROWS])


# AdaBoost


def samme(estimator, **more):
    """SAMME was one of two until 1.5; 1.8 took the choice away."""
    choice = {} if is_at_least("1.6.1") else {"algorithm": "SAMME"}
    return AdaBoostClassifier(random_state=1, **of(estimator), **choice, **more)


def samme_r(estimator, **more):
    return AdaBoostClassifier(random_state=1, algorithm="SAMME.R", **of(estimator), **more)


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.2.2", "1.3.2", "1.5.1", "1.6.1", NEWEST], how="zlib", tolerance=LINKS)
def ada_two_classes():
    X, y = numbers(321)
    fitted = samme(DecisionTreeClassifier(max_depth=2), n_estimators=8, learning_rate=0.7).fit(
        X, classes(y, ["no", "yes"])
    )
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN), row_with(X, sales=INF)])


@fixture(versions=[RENAMED, "0.22.2", "1.2.2", "1.3.2", "1.6.1", NEWEST], how="zlib", tolerance=LINKS)
def ada_three_classes():
    X, y = numbers(322)
    fitted = samme(DecisionTreeClassifier(max_depth=2), n_estimators=8).fit(X, classes(y, [4, 5, 6]))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", "1.5.1"], how="zlib", tolerance={"relative": 1e-13})
def ada_real_two_classes():
    """SAMME.R adds logarithms, which no two libraries round alike."""
    X, y = numbers(323)
    fitted = samme_r(DecisionTreeClassifier(max_depth=2), n_estimators=6).fit(X, classes(y, ["no", "yes"]))
    return Made(fitted, X[:ROWS])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", "1.5.1"], how="zlib", tolerance={"relative": 1e-13})
def ada_real_three_classes():
    X, y = numbers(324)
    fitted = samme_r(DecisionTreeClassifier(max_depth=2), n_estimators=6).fit(X, classes(y, ["a", "b", "c"]))
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib", tolerance=LINKS)
def ada_forests():
    X, y = numbers(325)
    forest = RandomForestClassifier(n_estimators=3, max_depth=2, random_state=5)
    fitted = samme(forest, n_estimators=4).fit(X, classes(y, ["a", "b", "c"]))
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2"], how="joblib", tolerance=SUMS)
def ada_real_forests():
    X, y = numbers(326)
    forest = RandomForestClassifier(n_estimators=3, max_depth=2, random_state=6)
    fitted = samme_r(forest, n_estimators=4).fit(X, classes(y, ["a", "b", "c"]))
    return Made(fitted, X[:ROWS])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", "1.3.2", NEWEST], how="zlib")
def ada_regressor():
    X, y = numbers(327)
    fitted = AdaBoostRegressor(n_estimators=20, random_state=7, **of(DecisionTreeRegressor(max_depth=3))).fit(X, y)
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["0.22.2", NEWEST], how="zlib", tolerance=SUMS)
def ada_linear():
    X, y = numbers(328)
    fitted = AdaBoostRegressor(n_estimators=5, loss="square", random_state=8, **of(LinearRegression())).fit(X, y)
    return Made(fitted, X[:ROWS])
