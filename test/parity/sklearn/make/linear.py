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
from make.versions import ALL, NEWEST, RENAMED, is_at_least, until

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
    "linear-regression": ([RENAMED] + ALL, lambda: linear.LinearRegression()),
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
    "tweedie-told-identity": (["1.3.2"], lambda: linear.TweedieRegressor(power=1.2, link="identity")),
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


@fixture(versions=["0.22.2", NEWEST], tolerance=SUMS)
def linear_svc_array():
    """No scaler stands before it, and its answer for NaN would look like any other."""
    X, y = numbers(133)
    X = X.to_numpy() / 100
    fitted = LinearSVC(random_state=0, dual=False).fit(X, classes(y, [0, 1]))
    return Made(fitted, X[:ROWS], [[[NAN, 1, 0]], [[1, 1, -INF]]])


# Classification

TEXTS = ["cheap", "dear", "fair"]
# By version: one against the rest, or all at once.
LOGISTIC_VERSIONS = [RENAMED, "0.22.2", "1.0.2", "1.2.2", "1.5.1", "1.6.1", "1.7.2", NEWEST]


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
    "logistic-newton-three": (["1.2.2", "1.5.1", "1.6.1", NEWEST], TEXTS, lambda: logistic(solver="newton-cholesky")),
    "logistic-cv": (
        ["0.22.2", "1.5.1", NEWEST],
        TEXTS,
        lambda: linear.LogisticRegressionCV(cv=3, Cs=3, max_iter=500),
    ),
    "logistic-cv-binary": (["1.2.2", NEWEST], [0, 1], lambda: linear.LogisticRegressionCV(cv=3, Cs=3)),
    "ridge-classifier": ([RENAMED, "0.22.2", "1.2.2", NEWEST], ["no", "yes"], lambda: linear.RidgeClassifier()),
    "ridge-classifier-three": (["0.22.2", NEWEST], [1, 2, 5], lambda: linear.RidgeClassifier()),
    "ridge-classifier-cv": (["1.0.2", NEWEST], TEXTS, lambda: linear.RidgeClassifierCV()),
    "sgd-hinge": (["0.22.2", NEWEST], TEXTS, lambda: linear.SGDClassifier(random_state=0)),
    "sgd-log": (["0.22.2", "1.0.2"], TEXTS, lambda: linear.SGDClassifier("log", random_state=0)),
    "sgd-log-loss": (["1.2.2", NEWEST], TEXTS, lambda: linear.SGDClassifier("log_loss", random_state=0)),
    "sgd-log-loss-binary": (["1.3.2"], [0, 1], lambda: linear.SGDClassifier("log_loss", random_state=0)),
    "sgd-huber": ([RENAMED, "0.22.2", "1.3.2", NEWEST], TEXTS, lambda: linear.SGDClassifier("modified_huber", random_state=0)),
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


def around_nothing(seed):
    """Three classes in a triangle, and rows in its middle."""
    r = np.random.RandomState(seed)
    corners = [(-6, -3), (6, -3), (0, 7)]
    X = np.vstack([r.normal(corner, 0.3, (40, 2)) for corner in corners])
    return X, np.repeat([10, 20, 30], 40), np.vstack([X[::12], r.normal(0, 1, (8, 2))])


def deny_last(fitted, rows):
    fitted.intercept_ -= fitted.decision_function(rows[-1:]).max() + 1.5


@fixture(versions=["0.22.2", NEWEST], tolerance=SUMS)
def sgd_huber_denied():
    """Rows that every class denies: their probabilities are all alike."""
    X, y, rows = around_nothing(170)
    fitted = linear.SGDClassifier(loss="modified_huber", random_state=0).fit(X, y)
    deny_last(fitted, rows)
    return Made(fitted, rows)


@fixture(versions=["1.2.2", NEWEST], tolerance=SUMS)
def logistic_denied():
    """Rows for which every sigmoid is 0: since 1.9 their classes are all alike, before NaN."""
    X, y, rows = around_nothing(171)
    fitted = linear.SGDClassifier(loss="log_loss", random_state=0).fit(X, y)
    deny_last(fitted, rows)
    fitted.coef_ *= 1000
    fitted.intercept_ *= 1000
    known = fitted.decision_function(rows).max(axis=1) > 0
    return Made(fitted, rows if is_at_least("1.9.1") else rows[known])


# Constants


def constant(model, seed, target):
    """A constant model alone knows no columns before 1.2; a step before it does."""
    X, y = numbers(seed)
    return Made(make_pipeline(StandardScaler(), model).fit(X, target(y)), X[:4])


def three(y):
    return classes(y, TEXTS)


@fixture(versions=["0.22.2", NEWEST])
def dummy_mean():
    return constant(DummyRegressor(), 180, lambda y: y)


@fixture(versions=["0.24.2", NEWEST])
def dummy_targets():
    return constant(DummyRegressor(strategy="quantile", quantile=0.3), 181, two_targets)


@fixture(versions=["0.22.2", "1.0.2", NEWEST])
def dummy_prior():
    return constant(DummyClassifier(strategy="prior"), 182, three)


@fixture(versions=["0.22.2", NEWEST])
def dummy_most_frequent():
    model = DummyClassifier(strategy="most_frequent")
    return constant(model, 183, lambda y: np.column_stack([three(y), classes(-y, list("wxyz"))]))


@fixture(versions=["1.0.2", NEWEST])
def dummy_constant():
    return constant(DummyClassifier(strategy="constant", constant="fair"), 184, three)
