"""Estimators made of estimators: voting, stacking, calibration, chains, thresholds, transformed targets.

Where only trees answer inside, every number is held to the last bit; sums of linear models are BLAS's.
"""

import re
from functools import partial

import numpy as np
from sklearn import ensemble
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made
from make.frame import fixture as any_fixture
from make.versions import ALL, NEWEST, RENAMED, is_at_least, since

# There are many, and each holds several models.
fixture = partial(any_fixture, how="zlib")

NUMBERS = ["sales", "quantity", "discount"]
TEXTS = ["cheap", "dear", "fair"]
SUMS = {"relative": 1e-9}
EXPONENTIALS = {"ulps": 8}
ROWS = 24


def numbers(seed):
    frame, y = table(seed, rows=160)
    return frame[NUMBERS], y


def tree(seed, **options):
    return DecisionTreeClassifier(max_depth=4, random_state=seed, **options)


def forest(seed, **options):
    return RandomForestClassifier(n_estimators=4, max_depth=4, random_state=seed, n_jobs=1, **options)


def forest_regressor(seed):
    return RandomForestRegressor(n_estimators=4, max_depth=4, random_state=seed, n_jobs=1)


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))


def ridge():
    return make_pipeline(StandardScaler(), Ridge())


def svc():
    return make_pipeline(StandardScaler(), LinearSVC(random_state=0, dual=False))


def prepared(model):
    """Preprocessing of mixed columns inside of an inner estimator."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, ["segment", "region"])])
    return Pipeline([("columns", columns), ("model", model)])


# Voting


@fixture(versions=["0.22.2", "1.0.2", "1.6.1", NEWEST])
def voting_hard():
    X, y = numbers(200)
    estimators = [("a", tree(1)), ("b", forest(2)), ("c", tree(3, max_features=1)), ("d", tree(4, criterion="entropy"))]
    fitted = VotingClassifier(estimators, voting="hard").fit(X, classes(y, TEXTS))
    return Made(fitted, X[:60])


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


# Stacking


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


# Calibration


def base_of(model):
    """How the calibrated estimator's parameter is called."""
    return {"estimator" if is_at_least("1.2.2") else "base_estimator": model}


def calibrated(model, seed, labels, **options):
    X, y = numbers(seed)
    fitted = CalibratedClassifierCV(**dict(base_of(model), **options)).fit(X, classes(y, labels))
    return Made(fitted, X[:40])


@fixture(versions=[RENAMED] + ALL, tolerance=EXPONENTIALS)
def calibrated_sigmoid():
    return calibrated(forest(1), 220, TEXTS, cv=3)


@fixture(versions=["0.22.2", "1.2.2", NEWEST], tolerance=SUMS)
def calibrated_sigmoid_svc():
    return calibrated(svc(), 221, ["no", "yes"], cv=3)


@fixture(versions=[RENAMED, "0.22.2", "0.24.2", "1.0.2", "1.3.2", "1.7.2", NEWEST])
def calibrated_isotonic():
    return calibrated(forest(1), 222, ["no", "yes"], cv=3, method="isotonic")


@fixture(versions=["0.22.2", "1.0.2", "1.2.2", NEWEST])
def calibrated_isotonic_three():
    return calibrated(tree(1), 223, TEXTS, cv=3, method="isotonic")


@fixture(versions=["0.22.2", "0.24.2", "1.2.2", NEWEST])
def calibrated_to_nothing():
    """Where no class is left with anything, all are alike."""
    made = calibrated(forest(1), 232, TEXTS, cv=2, method="isotonic")
    fold = made.fitted.calibrated_classifiers_[0]
    for calibrator in getattr(fold, "calibrators_", None) or fold.calibrators:
        name = "%s_thresholds_" if is_at_least("0.24.2") else "_necessary_%s_"
        x, y = (getattr(calibrator, name % axis) for axis in "Xy")
        y[x < 0.6] = 0
        calibrator._build_f(x, y)
    answers = fold.predict_proba(made.rows)
    assert (answers == 1 / 3).all(axis=1).any()
    return made


@fixture(versions=["0.24.2", "1.2.2", NEWEST])
def calibrated_once():
    return calibrated(forest(1), 224, TEXTS, cv=3, method="isotonic", ensemble=False)


@fixture(versions=["0.22.2", "1.5.1"], tolerance=EXPONENTIALS)
def calibrated_prefit():
    X, y = numbers(225)
    labels = classes(y, [1, 2])
    options = base_of(forest(1).fit(X[:80], labels[:80]))
    return Made(CalibratedClassifierCV(cv="prefit", **options).fit(X[80:], labels[80:]), X[:40])


@fixture(versions=["1.6.1", NEWEST], tolerance=EXPONENTIALS)
def calibrated_frozen():
    from sklearn.frozen import FrozenEstimator

    X, y = numbers(226)
    labels = classes(y, TEXTS)
    frozen = FrozenEstimator(forest(1).fit(X[:80], labels[:80]))
    return Made(CalibratedClassifierCV(frozen).fit(X[80:], labels[80:]), X[:40])


def calibrated_partly(seed, labels, unknown):
    """The calibrated estimator does not know every class that the calibration knows."""
    X, y = numbers(seed)
    y = classes(y, labels)
    everything = np.arange(len(y))
    split = [(everything[y != unknown], everything)]
    options = dict(base_of(forest(1)), method="isotonic", cv=split)
    return Made(CalibratedClassifierCV(**options).fit(X, y), X[:40])


@fixture(versions=["0.22.2", "1.3.2", NEWEST])
def calibrated_few_labels():
    return calibrated_partly(227, list("wxyz"), "x")


@fixture(versions=["0.22.2", "1.3.2", "1.4.2", NEWEST])
def calibrated_two_of_three():
    """Since 1.4 only the probability of the last known class is calibrated, and stands for the first."""
    return calibrated_partly(231, TEXTS, "dear")


@fixture(versions=[NEWEST], tolerance=EXPONENTIALS)
def calibrated_temperature():
    return calibrated(forest(1), 228, TEXTS, cv=3, method="temperature")


@fixture(versions=[NEWEST], tolerance=EXPONENTIALS)
def calibrated_temperature_binary():
    return calibrated(forest(1), 229, ["no", "yes"], cv=3, method="temperature")


@fixture(versions=[NEWEST], tolerance=SUMS)
def calibrated_temperature_svc():
    return calibrated(svc(), 230, ["no", "yes"], cv=3, method="temperature")


# Targets


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


# Several outputs


def two_classes(y):
    return np.column_stack([classes(y, TEXTS), classes(-y, ["maybe", "no", "yes"])])


@fixture(versions=["0.22.2", "0.24.2", "1.2.2", NEWEST])
def outputs_forests():
    X, y = numbers(250)
    fitted = MultiOutputRegressor(forest_regressor(1)).fit(X, np.column_stack([y, y**2 - 3, -y]))
    raising = [row_with(X, sales=NAN)] if not is_at_least("1.4.2") else [row_with(X, sales=INF)]
    return Made(fitted, X[:ROWS], raising)


@fixture(versions=["0.22.2", "0.24.2"])
def outputs_imputed():
    """Since 0.24 nothing but the estimators inside minds a missing value."""
    X, y = numbers(249)
    inside = make_pipeline(SimpleImputer(), DecisionTreeRegressor(max_depth=4, random_state=1))
    fitted = MultiOutputRegressor(inside).fit(X, np.column_stack([y, -y]))
    holes = with_holes(X, NUMBERS, 249)
    if is_at_least("0.24.2"):
        return Made(fitted, holes[:ROWS])
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=[RENAMED, "0.22.2", "1.0.2", NEWEST])
def outputs_classes():
    X, y = numbers(251)
    return Made(MultiOutputClassifier(forest(1)).fit(X, two_classes(y)), X[:ROWS])


@fixture(versions=["1.3.2"], tolerance=SUMS)
def outputs_without_probabilities():
    X, y = numbers(252)
    return Made(MultiOutputClassifier(svc()).fit(X, two_classes(y)), X[:ROWS])


@fixture(versions=["0.22.2", "1.5.1", NEWEST])
def chain_regressors():
    X, y = numbers(253)
    fitted = RegressorChain(forest_regressor(1), order=[2, 0, 1]).fit(X, np.column_stack([y, y**2, -y]))
    return Made(fitted, X[:ROWS], [row_with(X, sales=NAN)])


class ChainAnswers:
    """A chain that tells the probabilities of both classes, as other models of several outputs do."""

    def __init__(self, chain):
        self.chain = chain

    def predict(self, X):
        return self.chain.predict(X)

    def predict_proba(self, X):
        X = np.asarray(X)
        links = []
        for link in self.chain.estimators_:
            links.append(link.predict_proba(X))
            by_label = getattr(self.chain, "chain_method_", "predict") == "predict"
            X = np.column_stack([X, link.predict(X) if by_label else links[-1][:, 1]])
        outputs = [links[list(self.chain.order_).index(output)] for output in range(len(links))]
        seconds = np.column_stack([probabilities[:, 1] for probabilities in outputs])
        assert np.array_equal(seconds, self.chain.predict_proba(X[:, : -len(links)]))
        return outputs


@fixture(versions=["0.22.2", "1.2.2", "1.5.1", NEWEST])
def chain_classes():
    X, y = numbers(254)
    # What the next ones see of a model is its label, not the position of that.
    labels = np.column_stack([classes(y, [1, 3]), classes(y**2, [-7, 90]), classes(-X.sales, [0, 1])])
    chain = ClassifierChain(tree(1, min_samples_leaf=8), order=[1, 2, 0]).fit(X, labels)
    return Made(ChainAnswers(chain), X[:ROWS], [row_with(X, sales=NAN)], stored=chain, raw=None)


@fixture(versions=["1.5.1", NEWEST])
def chain_of_probabilities():
    X, y = numbers(255)
    labels = np.column_stack([classes(y, [0, 1]), classes(y**2, [0, 1])])
    chain = ClassifierChain(tree(1, min_samples_leaf=8), chain_method="predict_proba", cv=3).fit(X, labels)
    return Made(ChainAnswers(chain), X[:ROWS], stored=chain, raw=None)


# One class at a time


@fixture(versions=["0.22.2", "1.5.1", NEWEST], tolerance=SUMS)
def rest_logistic():
    X, y = numbers(260)
    return Made(OneVsRestClassifier(logistic()).fit(X, classes(y, TEXTS)), X[:ROWS], [row_with(X, sales=NAN)])


@fixture(versions=[RENAMED, "0.22.2", "1.7.2", NEWEST])
def rest_ties():
    """Every row is there twice, in two classes: the last of equals wins, since 1.8 the first."""
    X, y = numbers(261)
    twice = np.repeat(np.arange(60), 2)
    names = np.array(list("vwxy"))[2 * classes(y[:60], [0, 1])[twice] + np.arange(120) % 2]
    fitted = OneVsRestClassifier(tree(1, min_samples_leaf=8)).fit(X.iloc[twice], names)
    first, second = fitted.predict_proba(X)[:, :2].T
    assert (first == second).all()
    return Made(fitted, X[:40])


@fixture(versions=["0.22.2", NEWEST])
def rest_ten():
    """From eight on the order shows in which numpy adds: here one after the other."""
    X, y = numbers(267)
    return Made(OneVsRestClassifier(tree(1, min_samples_leaf=3)).fit(X, classes(y, list("abcdefghij"))), X[:30])


@fixture(versions=["1.0.2", NEWEST])
def rest_binary():
    X, y = numbers(262)
    return Made(OneVsRestClassifier(forest(1)).fit(X, classes(y, ["no", "yes"])), X[:ROWS])


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def rest_binary_svc():
    X, y = numbers(263)
    return Made(OneVsRestClassifier(svc()).fit(X, classes(y, ["no", "yes"])), X[:ROWS])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], tolerance=SUMS)
def one_on_one_svc():
    X, y = numbers(264)
    return Made(OneVsOneClassifier(svc()).fit(X, classes(y, list("wxyz"))), X[:ROWS])


@fixture(versions=["0.24.2", NEWEST])
def one_on_one_trees():
    X, y = numbers(265)
    return Made(OneVsOneClassifier(forest(1)).fit(X, classes(y, TEXTS)), X[:40])


@fixture(versions=["1.0.2", "1.2.2", NEWEST])
def one_on_one_binary():
    X, y = numbers(266)
    return Made(OneVsOneClassifier(forest(1)).fit(X, classes(y, ["no", "yes"])), X[:40])


# Thresholds


def fixed_threshold(seed, model, **options):
    from sklearn.model_selection import FixedThresholdClassifier

    X, y = numbers(seed)
    return Made(FixedThresholdClassifier(model, **options).fit(X, classes(y, ["no", "yes"])), X[:40])


@fixture(versions=since("1.5.1"))
def threshold_fixed():
    return fixed_threshold(270, tree(1, min_samples_leaf=8), threshold=0.75, pos_label="no")


@fixture(versions=["1.5.1", NEWEST])
def threshold_met():
    """Some rows lie on the threshold: it is theirs."""
    made = fixed_threshold(275, tree(1, min_samples_leaf=8), threshold=0.5)
    responses = made.fitted.predict_proba(made.rows)[:, 1]
    made.fitted.threshold = float(np.sort(responses)[20])
    assert 0 < made.fitted.threshold < 1
    return made


@fixture(versions=["1.5.1", NEWEST])
def threshold_default():
    return fixed_threshold(271, tree(1))


@fixture(versions=["1.6.1", NEWEST], tolerance=SUMS)
def threshold_decision():
    return fixed_threshold(272, svc(), threshold=-0.4, response_method="decision_function")


@fixture(versions=["1.7.2"], tolerance=SUMS)
def threshold_decision_first():
    return fixed_threshold(273, svc(), pos_label="no")


@fixture(versions=["1.5.1", "1.7.2", NEWEST])
def threshold_tuned():
    from sklearn.model_selection import TunedThresholdClassifierCV

    X, y = numbers(274)
    model = TunedThresholdClassifierCV(forest(1), cv=3, scoring="balanced_accuracy", thresholds=12)
    return Made(model.fit(X, classes(y, [0, 1])), X[:40])


# Around and inside


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
