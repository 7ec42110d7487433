"""Transformed targets, and estimators around and inside of others."""

import re

import numpy as np
from sklearn import ensemble
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made
from make.inner import (
    EXPONENTIALS,
    NUMBERS,
    ROWS,
    SUMS,
    TEXTS,
    base_of,
    fixture,
    forest,
    forest_regressor,
    numbers,
    prepared,
    ridge,
    tree,
)
from make.versions import ALL, NEWEST, RENAMED, is_at_least


def positive(y):
    return np.exp(y / 3)


TARGETS = {
    "target-log1p": ([RENAMED] + ALL[::3] + [NEWEST], dict(func=np.log1p, inverse_func=np.expm1)),
    "target-log": (["0.22.2", NEWEST], dict(func=np.log, inverse_func=np.exp)),
    "target-sqrt": (["1.0.2", NEWEST], dict(func=np.sqrt, inverse_func=np.square)),
    "target-square": (["1.3.2"], dict(func=np.square, inverse_func=np.sqrt)),
    "target-exp": (["1.5.1"], dict(func=np.exp, inverse_func=np.log, check_inverse=False)),
    "target-expm1": (["0.24.2"], dict(func=np.expm1, inverse_func=np.log1p, check_inverse=False)),
    "target-as-is": (["0.22.2", NEWEST], dict()),
    "target-standard": (["0.22.2", "1.2.2", NEWEST], dict(transformer=StandardScaler())),
    "target-min-max": (["0.24.2", NEWEST], dict(transformer=MinMaxScaler((1, 3)))),
    "target-max-abs": (["1.0.2"], dict(transformer=MaxAbsScaler())),
    "target-robust": (["1.4.2"], dict(transformer=RobustScaler())),
    "target-yeo-johnson": (["0.22.2", "1.3.2", NEWEST], dict(transformer=PowerTransformer())),
    "target-box-cox": (["0.22.2", "1.5.1", "1.6.1", NEWEST], dict(transformer=PowerTransformer("box-cox"))),
    "target-box-cox-alone": (
        ["0.24.2", "1.7.2"],
        dict(transformer=PowerTransformer("box-cox", standardize=False)),
    ),
    "target-quantile": (["0.22.2", "1.2.2", NEWEST], dict(transformer=QuantileTransformer(n_quantiles=20))),
    "target-quantile-normal": (
        ["0.22.2", "1.4.2", NEWEST],
        dict(transformer=QuantileTransformer(n_quantiles=20, output_distribution="normal")),
    ),
}
# Of these, numpy's own routine and ours may differ in the last bit.
INEXACT = {"target-log1p", "target-log", "target-exp", "target-expm1"} | {
    name for name in TARGETS if re.search("box-cox|johnson|normal", name)
}


def transformed_target(options):
    X, y = numbers(240)
    fitted = TransformedTargetRegressor(forest_regressor(1), **options).fit(X, positive(y))
    return Made(fitted, X[:ROWS])


for name, (versions, options) in sorted(TARGETS.items()):
    tolerance = EXPONENTIALS if name in INEXACT else None
    fixture(versions, tolerance=tolerance, name=name)(lambda options=options: transformed_target(options))


@fixture(versions=["0.22.2", "1.4.2", NEWEST], tolerance=EXPONENTIALS)
def target_on_both_sides():
    """Below 0 a power has a mirror image."""
    X, y = numbers(243)
    fitted = TransformedTargetRegressor(forest_regressor(1), transformer=PowerTransformer()).fit(X, y)
    answers = fitted.predict(X[:ROWS])
    assert answers.min() < -0.5 and answers.max() > 0.5
    return Made(fitted, X[:ROWS])


@fixture(versions=["0.22.2", NEWEST], tolerance=SUMS)
def target_several():
    X, y = numbers(241)
    fitted = TransformedTargetRegressor(transformer=StandardScaler()).fit(X, np.column_stack([y, y**2]))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["1.3.2"], tolerance=SUMS)
def target_scaled_pipeline():
    X, y = numbers(242)
    scaling = make_pipeline(StandardScaler(), MinMaxScaler())
    return Made(TransformedTargetRegressor(ridge(), transformer=scaling).fit(X, y), X[:ROWS])


@fixture(versions=["0.22.2", "1.2.2", NEWEST], tolerance=SUMS)
def search_inside():
    X, y = numbers(280)
    search = GridSearchCV(ridge(), {"ridge__alpha": [0.1, 10]}, cv=2)
    fitted = ensemble.VotingRegressor([("search", search), ("forest", forest_regressor(1)), ("mean", DummyRegressor())])
    return Made(fitted.fit(X, y), X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=["1.3.2", NEWEST])
def calibrated_voting_stack():
    """Estimators in estimators in estimators."""
    X, y = numbers(281)
    votes = VotingClassifier([("a", tree(1)), ("b", forest(2))], voting="soft")
    stack = ensemble.StackingClassifier([("votes", votes), ("c", tree(3))], final_estimator=forest(4), cv=3)
    model = CalibratedClassifierCV(**dict(base_of(stack), cv=2, method="isotonic"))
    return Made(model.fit(X, classes(y, TEXTS)), X[:40])


@fixture(versions=["1.0.2", NEWEST], tolerance=SUMS)
def outputs_of_pipelines():
    frame, y = table(282, rows=160)
    X = with_holes(frame, NUMBERS, 282)
    fitted = MultiOutputRegressor(prepared(LinearRegression())).fit(X, np.column_stack([y, -y]))
    return Made(fitted, X[:ROWS], [row_with(frame, sales=INF)])


@fixture(versions=["0.22.2", NEWEST], tolerance=SUMS)
def rest_huber():
    """Rows that every class denies have no shares: before 1.7 the library's own are NaN."""
    X, y = numbers(283)
    model = make_pipeline(StandardScaler(), SGDClassifier(loss="modified_huber", random_state=0))
    fitted = OneVsRestClassifier(model).fit(X, classes(y, TEXTS))
    denied = (fitted.decision_function(X) <= -1).all(axis=1)
    assert denied.sum() > 3
    return Made(fitted, X[~denied][:ROWS] if not is_at_least("1.7.2") else X[denied | (y > 4)][:ROWS])
