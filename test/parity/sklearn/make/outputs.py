"""Several outputs, chains, and one class at a time."""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeRegressor

from make.data import INF, NAN, classes, row_with, with_holes
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
    svc,
    tree,
)
from make.versions import NEWEST, RENAMED, is_at_least


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
    # The next models see the label of a model, not its position.
    labels = np.column_stack([classes(y, [1, 3]), classes(y**2, [-7, 90]), classes(-X.sales, [0, 1])])
    chain = ClassifierChain(tree(1, min_samples_leaf=8), order=[1, 2, 0]).fit(X, labels)
    return Made(ChainAnswers(chain), X[:ROWS], [row_with(X, sales=NAN)], stored=chain, raw=None)


@fixture(versions=["1.5.1", NEWEST])
def chain_of_probabilities():
    X, y = numbers(255)
    labels = np.column_stack([classes(y, [0, 1]), classes(y**2, [0, 1])])
    chain = ClassifierChain(tree(1, min_samples_leaf=8), chain_method="predict_proba", cv=3).fit(X, labels)
    return Made(ChainAnswers(chain), X[:ROWS], stored=chain, raw=None)


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
