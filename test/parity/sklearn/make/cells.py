"""Rows and answers as JSON, which has no NaN, no infinities and no numpy types."""

import math

import numpy as np
import pandas as pd


def as_json(value):
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is getattr(pd, "NA", None):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def slice_of(rows, start, end):
    return rows.iloc[start:end] if isinstance(rows, pd.DataFrame) else rows[start:end]


def json_rows(rows):
    if isinstance(rows, pd.DataFrame):
        # Column by column: values.tolist() would make one type of all columns.
        return as_json(list(zip(*(rows[column].tolist() for column in rows.columns))))
    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    return as_json(np.asarray(rows).tolist())
