"""Training data of fixtures."""

import numpy as np
import pandas as pd

NAN = float("nan")
INF = float("inf")


def table(seed, rows=240):
    """Rows of a made-up shop: numbers of very different sizes, texts, and a target that uses them."""
    r = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "sales": np.round(np.exp(r.normal(4, 1.5, rows)), 3),
            "quantity": r.randint(1, 15, rows).astype(float),
            "discount": r.choice([0, 0.1, 0.2, 0.45, 0.8], rows),
            "segment": r.choice(["Consumer", "Corporate", "Home Office"], rows),
            "region": r.choice(["Süd", "North", "東", "West"], rows),
        }
    )
    shift = frame.region.map({"Süd": 1.0, "North": -2.0, "東": 0.5, "West": 0.0})
    y = np.log1p(frame.sales) * (1 - 2 * frame.discount) + shift + r.normal(0, 0.3, rows)
    return frame, y.to_numpy()


def with_holes(frame, columns, seed, share=0.15):
    r = np.random.RandomState(seed)
    frame = frame.copy()
    for column in columns:
        frame.loc[r.rand(len(frame)) < share, column] = NAN
    return frame


def classes(y, labels):
    """Cuts a number into as many classes of different sizes as there are labels."""
    ranks = np.argsort(np.argsort(y)) / len(y)
    return np.array(labels)[np.minimum((ranks**1.3 * len(labels)).astype(int), len(labels) - 1)]


def row_with(frame, **changes):
    row = frame.iloc[[0]].copy()
    for column, value in changes.items():
        row[column] = pd.Series([value], index=row.index, dtype=object if isinstance(value, str) else None)
    return row
