"""Voting and stacking."""

from sklearn import ensemble
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made
from make.inner import (
    NUMBERS,
    ROWS,
    SUMS,
    TEXTS,
    fixture,
    forest,
    forest_regressor,
    logistic,
    numbers,
    prepared,
    ridge,
    svc,
    tree,
)
from make.versions import NEWEST, RENAMED


@fixture(versions=["0.22.2", "1.0.2", "1.6.1", NEWEST])
def voting_hard():
    X, y = numbers(200)
    estimators = [("a", tree(1)), ("b", forest(2)), ("c", tree(3, max_features=1)), ("d", tree(4, criterion="entropy"))]
    fitted = VotingClassifier(estimators, voting="hard").fit(X, classes(y, TEXTS))
    return Made(fitted, X[:60])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], tolerance=SUMS)
def voting_hard_linear():
    """A vote tells no sum: what NaN makes of one would not show."""
    X, y = numbers(208)
    X = X / 100
    estimators = [("a", LinearSVC(random_state=0, dual=False)), ("b", LogisticRegression()), ("c", RidgeClassifier())]
    fitted = VotingClassifier(estimators, voting="hard").fit(X, classes(y, TEXTS))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN), row_with(X, quantity=INF)])


@fixture(versions=["0.24.2", NEWEST])
def voting_hard_weights():
    X, y = numbers(201)
    estimators = [("a", tree(1)), ("b", "drop"), ("c", forest(3)), ("d", tree(4, max_features=1))]
    fitted = VotingClassifier(estimators, voting="hard", weights=[0.1, 9, 0.2, 0.3])
    return Made(fitted.fit(X, classes(y, [5, 10, 20])), X[:60])


@fixture(versions=[RENAMED, "0.22.2", "1.3.2", NEWEST])
def voting_soft():
    X, y = numbers(202)
    estimators = [("a", tree(1)), ("b", forest(2)), ("c", forest(3))]
    fitted = VotingClassifier(estimators, voting="soft").fit(X, classes(y, TEXTS))
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", "1.5.1", NEWEST])
def voting_soft_weights():
    X, y = numbers(203)
    estimators = [("a", tree(1)), ("b", forest(2)), ("c", "drop"), ("d", forest(3))]
    fitted = VotingClassifier(estimators, voting="soft", weights=[1, 0.7, 100, 1.3])
    return Made(fitted.fit(X, classes(y, [False, True])), X[:ROWS])


@fixture(versions=["1.2.2", NEWEST], tolerance=SUMS)
def voting_mixed():
    frame, y = table(204, rows=160)
    X = with_holes(frame, NUMBERS, 204)
    estimators = [("forest", prepared(forest(1))), ("logistic", prepared(LogisticRegression(max_iter=500)))]
    fitted = VotingClassifier(estimators, voting="soft").fit(X, classes(y, TEXTS))
    return Made(fitted, X[:ROWS], [row_with(frame, sales=INF)])


@fixture(versions=["0.22.2", "1.3.2", NEWEST])
def voting_regressor():
    X, y = numbers(205)
    fitted = ensemble.VotingRegressor([("a", forest_regressor(1)), ("b", forest_regressor(2)), ("c", forest_regressor(3))])
    return Made(fitted.fit(X, y), X[:ROWS])


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def voting_regressor_weights():
    X, y = numbers(206)
    estimators = [("a", forest_regressor(1)), ("b", "drop"), ("c", ridge())]
    return Made(ensemble.VotingRegressor(estimators, weights=[0.3, 5, 0.9]).fit(X, y), X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["0.22.2", "1.0.2", "1.3.2", NEWEST])
def stacking_forests():
    """Trees over the answers of trees: bit for bit, or the upper trees go another way."""
    X, y = numbers(210)
    estimators = [("a", forest(1)), ("b", tree(2))]
    fitted = ensemble.StackingClassifier(estimators, final_estimator=forest(3), cv=3).fit(X, classes(y, TEXTS))
    return Made(fitted, X[:60])


@fixture(versions=["0.24.2", NEWEST])
def stacking_binary_passthrough():
    X, y = numbers(211)
    estimators = [("a", forest(1)), ("b", "drop"), ("c", tree(2))]
    fitted = ensemble.StackingClassifier(estimators, final_estimator=forest(3), cv=3, passthrough=True)
    return Made(fitted.fit(X, classes(y, ["no", "yes"])), X[:40])


@fixture(versions=["0.22.2", "1.2.2", NEWEST], tolerance=SUMS)
def stacking_logistic():
    X, y = numbers(212)
    estimators = [("forest", forest(1)), ("svc", svc()), ("logistic", logistic())]
    return Made(ensemble.StackingClassifier(estimators, cv=3).fit(X, classes(y, TEXTS)), X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["1.0.2", NEWEST])
def stacking_predict():
    X, y = numbers(213)
    estimators = [("a", forest(1)), ("b", tree(2))]
    fitted = ensemble.StackingClassifier(estimators, final_estimator=forest(3), cv=3, stack_method="predict")
    return Made(fitted.fit(X, classes(y, TEXTS)), X[:40])


@fixture(versions=["1.2.2", NEWEST])
def stacking_prefit():
    X, y = numbers(214)
    labels = classes(y, TEXTS)
    estimators = [("a", forest(1).fit(X[:80], labels[:80])), ("b", tree(2).fit(X[:80], labels[:80]))]
    fitted = ensemble.StackingClassifier(estimators, final_estimator=forest(3), cv="prefit").fit(X[80:], labels[80:])
    return Made(fitted, X[:40])


@fixture(versions=["0.22.2", "1.0.2", NEWEST], tolerance=SUMS)
def stacking_regressor():
    X, y = numbers(215)
    estimators = [("forest", forest_regressor(1)), ("ridge", ridge())]
    return Made(ensemble.StackingRegressor(estimators, cv=3).fit(X, y), X[:ROWS], [row_with(X, discount=INF)])


@fixture(versions=["0.24.2", "1.4.2", NEWEST])
def stacking_regressor_passthrough():
    X, y = numbers(216)
    estimators = [("a", forest_regressor(1)), ("b", DecisionTreeRegressor(max_depth=3, random_state=2))]
    fitted = ensemble.StackingRegressor(estimators, final_estimator=forest_regressor(3), cv=3, passthrough=True)
    return Made(fitted.fit(X, y), X[:40])


@fixture(versions=["1.3.2", NEWEST])
def stacking_mixed_passthrough():
    """Texts go around the first estimators into a last one that encodes them itself, by position."""
    frame, y = table(217, rows=160)
    last = make_pipeline(
        ColumnTransformer([("texts", OneHotEncoder(), [4, 5])], remainder="passthrough", sparse_threshold=0),
        forest_regressor(3),
    )
    only_numbers = make_pipeline(ColumnTransformer([("keep", "passthrough", NUMBERS)]), forest_regressor(1))
    fitted = ensemble.StackingRegressor([("forest", only_numbers)], final_estimator=last, cv=3, passthrough=True)
    return Made(fitted.fit(frame, y), frame[:ROWS], [row_with(frame, region="Mars")])
