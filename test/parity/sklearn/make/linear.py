"""Linear models and the constant ones that they are compared with: every class, every rule of answering.

All sums are BLAS's, so every number here is held to 1e-9 and not to the last bit.
"""

import numpy as np
import sklearn.linear_model as linear
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from make.data import INF, NAN, classes, row_with, table
from make.frame import Made, fixture
from make.versions import ALL, NEWEST, until

NUMBERS = ["sales", "quantity", "discount"]
SUMS = {"relative": 1e-9}
ROWS = 24


def numbers(seed):
    frame, y = table(seed, rows=160)
    return frame[NUMBERS], y


def linear_fixture(name, versions, how="joblib"):
    return fixture(versions, how=how, tolerance=SUMS, name=name)


def fitted_regressor(model, seed, target=lambda y: y):
    X, y = numbers(seed)
    fitted = make_pipeline(StandardScaler(), model).fit(X, target(y))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN), row_with(X, discount=INF)])


def fitted_classifier(model, seed, labels):
    X, y = numbers(seed)
    fitted = make_pipeline(StandardScaler(), model).fit(X, classes(y, labels))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


# Regression


def two_targets(y):
    return np.column_stack([y, y**2 - 3])


def positive(y):
    return np.exp(y / 4)


REGRESSORS = {
    "linear-regression": (ALL, lambda: linear.LinearRegression()),
    "ridge": (["0.22.2", "1.2.2", NEWEST], lambda: linear.Ridge(alpha=0.5)),
    "ridge-cv": (["0.22.2", NEWEST], lambda: linear.RidgeCV()),
    "lasso": (["0.22.2", NEWEST], lambda: linear.Lasso(alpha=0.05)),
    "lasso-cv": (["0.24.2", NEWEST], lambda: linear.LassoCV(cv=3)),
    "elastic-net": (["0.22.2", NEWEST], lambda: linear.ElasticNet(alpha=0.05)),
    "elastic-net-cv": (["1.0.2", NEWEST], lambda: linear.ElasticNetCV(cv=3)),
    "lars": (["0.22.2", NEWEST], lambda: linear.Lars()),
    "lars-cv": (["1.2.2"], lambda: linear.LarsCV(cv=3)),
    "lasso-lars": (["1.3.2"], lambda: linear.LassoLars(alpha=0.05)),
    "lasso-lars-cv": (["1.5.1"], lambda: linear.LassoLarsCV(cv=3)),
    "lasso-lars-ic": (["1.0.2"], lambda: linear.LassoLarsIC()),
    "matching-pursuit": (["0.24.2", NEWEST], lambda: linear.OrthogonalMatchingPursuit(n_nonzero_coefs=2)),
    "bayesian-ridge": (["0.22.2", NEWEST], lambda: linear.BayesianRidge()),
    "ard-regression": (["0.22.2", NEWEST], lambda: linear.ARDRegression()),
    "huber-regressor": (["0.22.2", NEWEST], lambda: linear.HuberRegressor()),
    "theil-sen": (["1.6.1"], lambda: linear.TheilSenRegressor(random_state=0)),
    "quantile-regressor": (["1.2.2", NEWEST], lambda: linear.QuantileRegressor(alpha=0.01, solver="highs")),
    "sgd-regressor": (["0.22.2", NEWEST], lambda: linear.SGDRegressor(random_state=0)),
    "passive-aggressive-regressor": (
        ["0.22.2", "1.7.2"],
        lambda: linear.PassiveAggressiveRegressor(random_state=0),
    ),
    "linear-svr": (["0.22.2", NEWEST], lambda: LinearSVR(random_state=0, max_iter=20000)),
    "no-intercept": (["0.22.2", NEWEST], lambda: linear.LinearRegression(fit_intercept=False)),
    "ransac": (["0.22.2", NEWEST], lambda: linear.RANSACRegressor(random_state=0)),
}

for number, (name, (versions, model)) in enumerate(sorted(REGRESSORS.items())):
    linear_fixture(name, versions)(lambda model=model, seed=number: fitted_regressor(model(), 100 + seed))

MULTI_TARGET = {
    "linear-regression-targets": (["0.22.2", NEWEST], lambda: linear.LinearRegression()),
    "ridge-targets": (["1.4.2"], lambda: linear.Ridge(alpha=0.5)),
    "multi-task-lasso": (["0.24.2", NEWEST], lambda: linear.MultiTaskLasso(alpha=0.05)),
}

for name, (versions, model) in sorted(MULTI_TARGET.items()):
    linear_fixture(name, versions)(lambda model=model: fitted_regressor(model(), 130, two_targets))

LOG_LINKED = {
    "poisson-regressor": (["0.24.2", "1.0.2", NEWEST], lambda: linear.PoissonRegressor()),
    "gamma-regressor": (["0.24.2", NEWEST], lambda: linear.GammaRegressor()),
    "tweedie-auto": (["0.24.2", "1.3.2", NEWEST], lambda: linear.TweedieRegressor(power=1.5)),
    "tweedie-identity": (["0.24.2", NEWEST], lambda: linear.TweedieRegressor(power=0)),
    "tweedie-log": (["1.2.2", NEWEST], lambda: linear.TweedieRegressor(power=0, link="log")),
    "tweedie-named": (["0.24.2"], lambda: linear.TweedieRegressor(power=2, link="log")),
}

for name, (versions, model) in sorted(LOG_LINKED.items()):
    linear_fixture(name, versions)(lambda model=model: fitted_regressor(model(), 131, positive))


@fixture(versions=["1.5.1"], how="pickle2", tolerance=SUMS)
def linear_array():
    X, y = numbers(132)
    X = X.to_numpy(dtype=np.float32)  # Then coef_ is float32, and rows are not.
    fitted = linear.LinearRegression().fit(X, y.astype(np.float32))
    return Made(fitted, X[:ROWS].astype(np.float64), [[[NAN, 1, 0]], [[INF, 1, 0]]])


# Classification

TEXTS = ["cheap", "dear", "fair"]
# By version: one against the rest, or all at once.
LOGISTIC_VERSIONS = ["0.22.2", "1.0.2", "1.2.2", "1.5.1", "1.6.1", "1.7.2", NEWEST]


def logistic(**options):
    return linear.LogisticRegression(**options)


CLASSIFIERS = {
    "logistic-binary": (LOGISTIC_VERSIONS, ["no", "yes"], lambda: logistic()),
    "logistic-three": (LOGISTIC_VERSIONS, TEXTS, lambda: logistic(max_iter=500)),
    "logistic-rest": (until("1.7.2")[::4], TEXTS, lambda: logistic(multi_class="ovr")),
    "logistic-softmax-binary": (
        ["0.22.2", "1.3.2"],
        [False, True],
        lambda: logistic(multi_class="multinomial"),
    ),
    "logistic-liblinear": (["0.22.2", "1.7.2", NEWEST], [3, 7], lambda: logistic(solver="liblinear")),
    "logistic-liblinear-three": (["1.0.2", "1.6.1"], TEXTS, lambda: logistic(solver="liblinear")),
    "logistic-newton-three": (["1.2.2", "1.6.1", NEWEST], TEXTS, lambda: logistic(solver="newton-cholesky")),
    "logistic-cv": (
        ["0.22.2", "1.5.1", NEWEST],
        TEXTS,
        lambda: linear.LogisticRegressionCV(cv=3, Cs=3, max_iter=500),
    ),
    "logistic-cv-binary": (["1.2.2", NEWEST], [0, 1], lambda: linear.LogisticRegressionCV(cv=3, Cs=3)),
    "ridge-classifier": (["0.22.2", "1.2.2", NEWEST], ["no", "yes"], lambda: linear.RidgeClassifier()),
    "ridge-classifier-three": (["0.22.2", NEWEST], [1, 2, 5], lambda: linear.RidgeClassifier()),
    "ridge-classifier-cv": (["1.0.2", NEWEST], TEXTS, lambda: linear.RidgeClassifierCV()),
    "sgd-hinge": (["0.22.2", NEWEST], TEXTS, lambda: linear.SGDClassifier(random_state=0)),
    "sgd-log": (["0.22.2", "1.0.2"], TEXTS, lambda: linear.SGDClassifier("log", random_state=0)),
    "sgd-log-loss": (["1.2.2", NEWEST], TEXTS, lambda: linear.SGDClassifier("log_loss", random_state=0)),
    "sgd-log-loss-binary": (["1.3.2"], [0, 1], lambda: linear.SGDClassifier("log_loss", random_state=0)),
    "sgd-huber": (["0.22.2", "1.3.2", NEWEST], TEXTS, lambda: linear.SGDClassifier("modified_huber", random_state=0)),
    "sgd-huber-binary": (["0.24.2", NEWEST], [0, 1], lambda: linear.SGDClassifier("modified_huber", random_state=0)),
    "linear-svc": (["0.22.2", "1.2.2", NEWEST], ["no", "yes"], lambda: LinearSVC(random_state=0, dual=False)),
    "linear-svc-three": (["0.22.2", NEWEST], TEXTS, lambda: LinearSVC(random_state=0, dual=False)),
    "perceptron": (["0.22.2", NEWEST], TEXTS, lambda: linear.Perceptron(random_state=0)),
    "passive-aggressive-classifier": (
        ["0.24.2", "1.7.2"],
        ["no", "yes"],
        lambda: linear.PassiveAggressiveClassifier(random_state=0),
    ),
}

for number, (name, (versions, labels, model)) in enumerate(sorted(CLASSIFIERS.items())):
    linear_fixture(name, versions)(
        lambda model=model, labels=labels, seed=number: fitted_classifier(model(), 140 + seed, labels)
    )


@fixture(versions=["0.22.2", NEWEST], tolerance=SUMS)
def sgd_huber_far_off():
    """Rows that every class denies: their probabilities are all alike."""
    r = np.random.RandomState(170)
    X = np.vstack([r.normal(centre, 0.3, (40, 2)) for centre in [(-6, 0), (6, 0), (0, 6)]])
    y = np.repeat(["a", "b", "c"], 40)
    fitted = linear.SGDClassifier(loss="modified_huber", random_state=0).fit(X, y)
    rows = np.vstack([X[::12], [[0, 0], [0, -1], [0.5, -3], [0, -40], [30, -40]]])
    return Made(fitted, rows)


@fixture(versions=["1.2.2", NEWEST], tolerance=SUMS)
def logistic_certain():
    """One against the rest, where rows lie so far off that no class has a chance."""
    r = np.random.RandomState(171)
    X = np.vstack([r.normal(centre, 0.5, (40, 2)) for centre in [(-3, 0), (3, 0), (0, 3)]])
    y = np.repeat([10, 20, 30], 40)
    fitted = linear.SGDClassifier(loss="log_loss", random_state=0).fit(X, y)
    rows = np.vstack([X[::12], [[0, -30], [5, -25], [-5, -20]]])
    return Made(fitted, rows)


# Constants


@fixture(versions=["0.22.2", NEWEST])
def dummy_mean():
    X, y = numbers(180)
    return Made(DummyRegressor().fit(X, y), X[:4])


@fixture(versions=["0.24.2", NEWEST])
def dummy_targets():
    X, y = numbers(181)
    return Made(DummyRegressor(strategy="quantile", quantile=0.3).fit(X, two_targets(y)), X[:4])


@fixture(versions=["0.22.2", "1.0.2", NEWEST])
def dummy_prior():
    X, y = numbers(182)
    return Made(DummyClassifier(strategy="prior").fit(X, classes(y, TEXTS)), X[:4])


@fixture(versions=["0.22.2", NEWEST])
def dummy_most_frequent():
    X, y = numbers(183)
    Y = np.column_stack([classes(y, TEXTS), classes(-y, list("wxyz"))])
    return Made(DummyClassifier(strategy="most_frequent").fit(X, Y), X[:4])


@fixture(versions=["1.0.2", NEWEST])
def dummy_constant():
    X, y = numbers(184)
    return Made(DummyClassifier(strategy="constant", constant="fair").fit(X, classes(y, TEXTS)), X[:4])
