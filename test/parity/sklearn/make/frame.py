"""The common part of all fixtures: how they are named, saved, answered, checked and written.

A fixture is a function that trains a small model and returns it with the rows it shall answer:

    @fixture(versions=["1.0.2", NEWEST], how="joblib")
    def hist_categories():
        frame, y = table(30)
        ...
        return Made(fitted, rows, raising=[row_with(frame, sales=INF)])

Every environment that it names writes the model to `<module>/hist-categories/<version>.joblib` and adds its
answers to `answers.json` beside it (stored.py).
"""

import pickle
import platform
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn

from make.answers import DERIVED, answers_of, check_single_rows, model_of
from make.cells import as_json, json_rows, slice_of
from make.parts import parts_of
from make.stored import store
from make.versions import ENVIRONMENTS, VERSION

warnings.filterwarnings("ignore")
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


class Made:
    """A fitted model, the rows that it answers, and rows (each its own table) for which it raises.

    `stored` is what the file holds where that is more than the model itself (a search, a dict around
    it). `raw` stands in for what raw_scores (answers.py) would find: an array of rows x scores, or None for none.
    `features`: what the first rows are when they reach the model, where that is proved as well.
    """

    def __init__(self, fitted, rows, raising=(), stored=None, raw=DERIVED):
        self.fitted = fitted
        self.rows = rows
        self.raising = raising
        self.stored = fitted if stored is None else stored
        self.raw = raw
        self.features = None


ENTRIES = []


def fixture(versions, how="joblib", tolerance=None, transcendental=False, name=None):
    """Marks a function that returns a Made; its name, with dashes, is the fixture's.

    tolerance: None (every number bit for bit), {"relative": 1e-9} (sums that BLAS orders),
    {"ulps": n} (outputs of exp and log; raw scores stay bit for bit).
    transcendental: a transform before the trees is of that kind, so single rows may take another way.
    """
    unknown = set(versions) - set(ENVIRONMENTS)
    assert not unknown, "there is no environment for %s" % unknown

    def mark(make):
        entry = dict(
            name=name or make.__name__.replace("_", "-"),
            module=make.__module__.split(".")[-1].replace("_", "-"),
            make=make,
            versions=versions,
            how=how,
            tolerance=tolerance,
            transcendental=transcendental,
        )
        ENTRIES.append(entry)
        return make

    return mark


def extension(how):
    return "pkl" if how.startswith("pickle") else "joblib"


def save(stored, path, how):
    if how.startswith("pickle"):
        path.write_bytes(pickle.dumps(stored, protocol=int(how[-1])))
    else:
        compress = 0 if how == "joblib" else 3 if how == "zlib" else (how, 3)
        joblib.dump(stored, str(path), compress=compress)


def load(path, how):
    if extension(how) == "pkl":
        return pickle.loads(path.read_bytes())
    return joblib.load(str(path))


def raised_by(fitted, rows):
    try:
        fitted.predict(rows)
    except (ValueError, TypeError) as error:
        return str(error).splitlines()[0]
    return None


def single_threaded(model):
    if hasattr(model, "n_jobs"):
        model.n_jobs = 1


def write(entry):
    """The model, the rows with their answers, and rows for which the library raises."""
    made = entry["make"]()
    fitted, rows, how = made.fitted, made.rows, entry["how"]
    name = "%s-%s" % (entry["name"], VERSION)
    folder = FIXTURES / entry["module"] / entry["name"]
    folder.mkdir(parents=True, exist_ok=True)
    file = "%s.%s" % (VERSION, extension(how))
    single_threaded(model_of(fitted))
    save(made.stored, folder / file, how)
    answers = answers_of(fitted, rows, made.raw)
    if entry["tolerance"] is None:
        check_single_rows(fitted, rows, answers)
    raises = []
    for row in made.raising:
        one = row if isinstance(row, pd.DataFrame) else np.asarray(row)
        assert one.shape[1] == rows.shape[1], "%s: a raising row has other columns" % name
        error = raised_by(fitted, one)
        assert error is not None, "%s: scikit-learn takes %s" % (name, json_rows(one))
        raises.append({"row": json_rows(one)[0], "error": error})
    record = {
        "file": file,
        "written": how,
        "sklearn": sklearn.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "parts": parts_of(made.stored if hasattr(made.stored, "get_params") else fitted),
        "tolerance": entry["tolerance"],
        "transcendental": entry["transcendental"],
        "fields": list(rows.columns) if isinstance(rows, pd.DataFrame) else None,
        "inputs": json_rows(rows),
        "features": as_json(made.features),
        **as_json(answers),
        "raises": raises,
        "noRows": raised_by(fitted, slice_of(rows, 0, 0)),
    }
    answers_size = store(folder, record).stat().st_size
    check_stored(made, name, folder / file, how, answers)
    size = (folder / file).stat().st_size
    shown = (name, size, len(record["inputs"]), answers_size)
    print("%s: %d bytes, %d rows; answers of all versions: %d bytes" % shown)


def check_stored(made, name, path, how, answers):
    """The stored model, read again, gives the stored answers."""
    again = load(path, how)
    if made.stored is made.fitted:
        # Through JSON, where NaN equals NaN.
        twice = as_json(answers_of(again, made.rows, made.raw))
        assert twice == as_json(answers), "%s: the stored model differs" % name
