"""Estimators that stand inside of other estimators.

Where only trees answer inside, every number is held to the last bit; sums of linear models are BLAS's.
"""

from functools import partial

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from make.data import table
from make.frame import fixture as any_fixture
from make.versions import is_at_least

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


def base_of(model):
    """How the calibrated estimator's parameter is called."""
    return {"estimator" if is_at_least("1.2.2") else "base_estimator": model}
