"""Classes that answer as a better known one does: searches, and fits that chose their own penalty."""

import numpy as np
from sklearn.decomposition import IncrementalPCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import (
    LinearRegression,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuitCV,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from make.data import INF, NAN, classes, row_with, table
from make.frame import Made, fixture
from make.versions import NEWEST

NUMBERS = ["sales", "quantity", "discount"]
SUMS = {"relative": 1e-9}
DEPTHS = {"max_depth": [2, 3]}


def searched(search, seed, labels=None):
    frame, y = table(seed, rows=120)
    X = frame[NUMBERS]
    search.fit(X, y if labels is None else classes(y, labels))
    return Made(search, X.iloc[:24], [row_with(X, sales=INF)])


@fixture(versions=["0.22.2", "1.3.2", NEWEST], how="zlib")
def search_grid():
    forest = RandomForestClassifier(n_estimators=4, random_state=50)
    return searched(GridSearchCV(forest, DEPTHS, cv=2), 50, ["no", "yes"])


@fixture(versions=["0.22.2", NEWEST], how="zlib")
def search_randomized():
    forest = RandomForestRegressor(n_estimators=4, random_state=51)
    return searched(RandomizedSearchCV(forest, DEPTHS, n_iter=2, cv=2, random_state=51), 51)


@fixture(versions=["0.24.2", NEWEST], how="zlib")
def search_halving_grid():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    forest = RandomForestRegressor(n_estimators=4, random_state=52)
    return searched(HalvingGridSearchCV(forest, DEPTHS, cv=2, min_resources=40, random_state=52), 52)


@fixture(versions=["0.24.2", NEWEST], how="zlib")
def search_halving_random():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingRandomSearchCV

    forest = RandomForestClassifier(n_estimators=4, random_state=53)
    search = HalvingRandomSearchCV(forest, DEPTHS, cv=2, n_candidates=2, min_resources=40, random_state=53)
    return searched(search, 53, [1, 2, 3])


def fitted_linear(model, seed, targets):
    frame, y = table(seed, rows=120)
    X = frame[NUMBERS]
    Y = np.column_stack([y, -2 * y + X.quantity.to_numpy()])[:, :targets]
    fitted = make_pipeline(StandardScaler(), model).fit(X, Y if targets > 1 else y)
    return Made(fitted, X.iloc[:24], [row_with(X, sales=NAN)])


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def multi_task_elastic_net():
    return fitted_linear(MultiTaskElasticNet(alpha=0.05), 54, 2)


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def multi_task_elastic_net_chosen():
    return fitted_linear(MultiTaskElasticNetCV(cv=3), 55, 2)


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def multi_task_lasso_chosen():
    return fitted_linear(MultiTaskLassoCV(cv=3), 56, 2)


@fixture(versions=["0.24.2", NEWEST], tolerance=SUMS)
def matching_pursuit_chosen():
    return fitted_linear(OrthogonalMatchingPursuitCV(cv=3), 57, 1)


@fixture(versions=["0.24.2", "1.5.1", NEWEST], tolerance=SUMS)
def projected_in_batches():
    """Linear behind the projection: its sums are BLAS's, and a tree would make a jump of a last bit."""
    frame, y = table(58, rows=120)
    X = frame[NUMBERS]
    fitted = make_pipeline(StandardScaler(), IncrementalPCA(n_components=2), LinearRegression()).fit(X, y)
    return Made(fitted, X.iloc[:24], [row_with(X, sales=NAN)])
