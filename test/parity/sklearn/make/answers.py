"""The answers of the library, and the raw scores behind them."""

import re

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from make.cells import slice_of
from make.versions import is_at_least

# Stands for: find the raw scores yourself.
DERIVED = object()


def model_of(fitted):
    return fitted.steps[-1][1] if isinstance(fitted, Pipeline) else fitted


def features_of(fitted, rows):
    if not isinstance(fitted, Pipeline):
        return rows
    for _, step in fitted.steps[:-1]:
        if step is not None and step != "passthrough":
            rows = step.transform(rows)
    return rows


def tree_answers(tree, features, labelled):
    """rows x outputs x classes; classes that an output lacks are 0."""
    if not labelled:
        answers = tree.predict(features)
        return answers.reshape(len(answers), -1, 1)
    answers = tree.predict_proba(features)
    answers = answers if isinstance(answers, list) else [answers]
    stride = max(a.shape[1] for a in answers)
    padded = np.zeros((answers[0].shape[0], len(answers), stride))
    for output, a in enumerate(answers):
        padded[:, output, : a.shape[1]] = a
    return padded


FORESTS = re.compile(r"(RandomForest|ExtraTrees)(Classifier|Regressor)$")
TREES = re.compile(r"(Decision|Extra)Tree(Classifier|Regressor)$")
BOOSTED = re.compile(r"(Hist)?GradientBoosting(Classifier|Regressor)$")


def raw_scores(fitted, rows):
    """Per row what the trees sum up to, before any division or link; None for models without such."""
    model = model_of(fitted)
    name = type(model).__name__
    if FORESTS.match(name) or TREES.match(name):
        return forest_sums(fitted, model, rows)
    if BOOSTED.match(name):
        return boosted_sums(fitted, model, rows)
    return None


def forest_sums(fitted, model, rows):
    """Summed here in tree order, and checked against what the library answers."""
    labelled = is_classifier(model)
    features = features_of(fitted, rows)
    trees = getattr(model, "estimators_", None)
    # Inside a forest, trees get the numbers without names and already as float32.
    if trees is not None:
        features = model._validate_X_predict(features)
    raw = None
    for tree in trees if trees is not None else [model]:
        answer = tree_answers(tree, features, labelled)
        raw = np.zeros_like(answer) + answer if raw is None else raw + answer
    averaged = raw / len(trees) if trees is not None else raw
    if labelled:
        for output, p in enumerate(probabilities_of(fitted, rows)):
            assert np.array_equal(p, averaged[:, output, : p.shape[1]]), "raw scores differ"
    else:
        predictions = fitted.predict(rows)
        assert np.array_equal(predictions.reshape(len(raw), -1), averaged[:, :, 0]), "raw differ"
    return raw.reshape(len(raw), -1)


def boosted_sums(fitted, model, rows):
    """The library's own raw prediction: rows x trees of one iteration."""
    features = features_of(fitted, rows)
    of_histograms = not hasattr(model, "estimators_")
    raw = model._raw_predict(features if of_histograms else np.ascontiguousarray(features, dtype=np.float32))
    if of_histograms and not is_at_least("1.2.2"):
        raw = raw.T
    assert raw.shape[0] == rows.shape[0], "raw predictions have another shape"
    return raw


def probabilities_of(fitted, rows):
    probabilities = fitted.predict_proba(rows)
    return probabilities if isinstance(probabilities, list) else [probabilities]


def answers_of(fitted, rows, raw=DERIVED):
    count = rows.shape[0]
    if raw is DERIVED:
        raw = raw_scores(fitted, rows)
    probabilities = None
    if hasattr(fitted, "predict_proba"):
        outputs = probabilities_of(fitted, rows)
        probabilities = [[p[row].tolist() for p in outputs] for row in range(count)]
    scores = {
        method: getattr(fitted, method)(rows).reshape(count, -1).tolist()
        for method in ["decision_function", "score_samples"]
        if hasattr(fitted, method)
    }
    return {
        "raw": None if raw is None else np.asarray(raw, dtype=np.float64).tolist(),
        "predictions": fitted.predict(rows).tolist(),
        "probabilities": probabilities,
        "scores": scores or None,
    }


def check_single_rows(fitted, rows, answers):
    """Where nothing but trees adds up, a row alone gets the numbers it gets among others."""
    for row in range(min(3, rows.shape[0])):
        alone = fitted.predict(slice_of(rows, row, row + 1)).tolist()
        assert alone == answers["predictions"][row : row + 1], "a row alone is answered otherwise"
