"""Calibration and thresholds."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV

from make.data import classes
from make.frame import Made
from make.inner import EXPONENTIALS, SUMS, TEXTS, base_of, fixture, forest, numbers, svc, tree
from make.versions import ALL, NEWEST, RENAMED, is_at_least, since


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
