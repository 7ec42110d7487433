"""Small numpy values as this numpy pickles them, in every protocol, for the pickle machine alone."""

import base64
import json
import pickle
from pathlib import Path

import numpy as np

from make.cells import as_json

VALUES = Path(__file__).resolve().parent.parent / "values"


def write_values():
    written = []
    for name, value in {
        "float64": np.array([1.5, -0.0, np.inf]),
        "float32": np.array([0.1, 2.5], np.float32),
        "int64": np.array([1, -2, 2**40]),
        "int8": np.array([1, -2], np.int8),
        "big-endian float64": np.array([1.5, 2.25], ">f8"),
        "big-endian uint16": np.array([1, 513], ">u2"),
        "bool": np.array([True, False]),
        "text": np.array(["a", "žluť", "", "😀"]),
        "objects": np.array(["a", None, 3.5, True, 7], object),
        "two dimensions in column order": np.asfortranarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "three dimensions": np.arange(12.0).reshape(2, 2, 3),
        "strided": np.arange(6.0)[::2],
        "empty": np.array([]),
        "float64 scalar": np.float64(0.1),
        "int64 scalar": np.int64(-7),
        "bool scalar": np.bool_(True),
        "text scalar": np.str_("hé"),
    }.items():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            pickled = base64.b64encode(pickle.dumps(value, protocol=protocol)).decode()
            flat = [as_json(item) for item in np.ravel(value).tolist()]
            written.append({"name": name, "protocol": protocol, "pickle": pickled, "items": flat})
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in written)
    path = VALUES / ("numpy-%s.json" % np.__version__)
    path.parent.mkdir(exist_ok=True)
    path.write_text("[%s]\n" % lines, encoding="utf-8")
