"""A forest behind what is proved, with rows on both sides of its cut points."""

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.pipeline import Pipeline

from make.answers import features_of
from make.crossings import crossings
from make.data import row_with, table
from make.frame import Made
from make.versions import is_at_least

NUMBERS = ["sales", "quantity", "discount"]
# From here on the trees at the end take missing values, too.
TAKES_MISSING = is_at_least("1.6.1")
TEXTS = ["segment", "region"]
SHOWN_ROWS = 8


def forest(seed, **options):
    return ExtraTreesRegressor(n_estimators=5, max_depth=6, random_state=seed, **options)


def behind(prepare, X, y, seed, **options):
    return Pipeline([("prepare", prepare), ("forest", forest(seed, **options))]).fit(X, y)


def made(fitted, X, seed, columns=NUMBERS, rows=24, raising=(), **changes):
    """Rows of the training table and rows on both sides of cut points; `changes` go into the first."""
    answered = pd.concat([X.iloc[:rows], crossings(fitted, X, columns, seed)], ignore_index=True)
    for column, values in changes.items():
        for at, value in enumerate(values):
            answered[column] = answered[column].astype(object) if isinstance(value, str) else answered[column]
            answered.loc[at, column] = value
    return prepared(fitted, answered, raising)


def prepared(fitted, rows, raising=()):
    """Shows what the first rows are when they reach the trees: no other proof is as sharp."""
    answered = Made(fitted, rows, list(raising))
    features = features_of(fitted, rows.iloc[:SHOWN_ROWS])
    if hasattr(features, "toarray"):
        features = features.toarray()
    answered.features = np.asarray(features, dtype=np.float64).tolist()
    return answered


def dense(**options):
    """`sparse` became `sparse_output` in 1.2."""
    return dict(options, **{"sparse_output" if is_at_least("1.2.2") else "sparse": False})


def without_missing(X, **changes):
    return [] if TAKES_MISSING else [row_with(X, **changes)]


def numbers(seed, rows=240):
    frame, y = table(seed, rows)
    return frame[NUMBERS].copy(), y
