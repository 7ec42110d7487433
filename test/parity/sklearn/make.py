"""Makes the scikit-learn fixtures beside this file: small models with the library's own answers.

Every fixture is written by the version that its entry below names, so run it once per environment
(any machine with these Pythons; single-threaded, seeds fixed, a second run writes the same numbers):

    python3.9  -m venv /tmp/s122 && /tmp/s122/bin/pip install -r requirements-1.2.2.txt && /tmp/s122/bin/python make.py
    python3.10 -m venv /tmp/s132 && /tmp/s132/bin/pip install -r requirements-1.3.2.txt && /tmp/s132/bin/python make.py
    python3.12 -m venv /tmp/s142 && /tmp/s142/bin/pip install -r requirements-1.4.2.txt && /tmp/s142/bin/python make.py
    python3.11 -m venv /tmp/s151 && /tmp/s151/bin/pip install -r requirements-1.5.1.txt && /tmp/s151/bin/python make.py
    python3.12 -m venv /tmp/s172 && /tmp/s172/bin/pip install -r requirements-1.7.2.txt && /tmp/s172/bin/python make.py
    python3.13 -m venv /tmp/s191 && /tmp/s191/bin/pip install -r requirements-1.9.1.txt && /tmp/s191/bin/python make.py

Names given as arguments make only those. README.md describes what is written.
"""

import base64
import json
import math
import pickle
import platform
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

warnings.filterwarnings("ignore")
FIXTURES = Path(__file__).parent / "fixtures"
NAN = float("nan")


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


def model_of(fitted):
    return fitted.steps[-1][1] if isinstance(fitted, Pipeline) else fitted


def features_of(fitted, rows):
    if not isinstance(fitted, Pipeline) or len(fitted.steps) == 1:
        return rows
    return fitted[:-1].transform(rows)


def tree_answers(tree, features, is_classifier):
    """rows x outputs x classes; classes that an output lacks are 0."""
    if not is_classifier:
        answers = tree.predict(features)
        return answers.reshape(len(answers), -1, 1)
    answers = tree.predict_proba(features)
    answers = answers if isinstance(answers, list) else [answers]
    stride = max(a.shape[1] for a in answers)
    padded = np.zeros((answers[0].shape[0], len(answers), stride))
    for output, a in enumerate(answers):
        padded[:, output, : a.shape[1]] = a
    return padded


def answers_of(fitted, rows):
    """Raw scores summed here in tree order, checked against what the library answers."""
    model = model_of(fitted)
    is_classifier = hasattr(model, "classes_")
    features = features_of(fitted, rows)
    trees = getattr(model, "estimators_", None)
    # Inside a forest, trees get the numbers without names and already as float32.
    if trees is not None:
        features = model._validate_X_predict(features)
    raw = None
    for tree in trees if trees is not None else [model]:
        answer = tree_answers(tree, features, is_classifier)
        raw = np.zeros_like(answer) + answer if raw is None else raw + answer
    averaged = raw / len(trees) if trees is not None else raw
    predictions = fitted.predict(rows)
    record = {
        "raw": raw.reshape(len(raw), -1).tolist(),
        "predictions": predictions.tolist(),
        "probabilities": None,
    }
    if is_classifier:
        probabilities = fitted.predict_proba(rows)
        probabilities = probabilities if isinstance(probabilities, list) else [probabilities]
        for output, p in enumerate(probabilities):
            assert np.array_equal(p, averaged[:, output, : p.shape[1]]), "raw scores differ"
        record["probabilities"] = [
            [p[row].tolist() for p in probabilities] for row in range(len(raw))
        ]
    else:
        assert np.array_equal(predictions.reshape(len(raw), -1), averaged[:, :, 0]), "raw differ"
    return record


def as_json(value):
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value.item() if isinstance(value, np.generic) else value


def json_rows(rows):
    lists = rows.values.tolist() if isinstance(rows, pd.DataFrame) else rows.tolist()
    return [[as_json(value) for value in row] for row in lists]


def save(fitted, path, how):
    if how.startswith("pickle"):
        path.write_bytes(pickle.dumps(fitted, protocol=int(how[-1])))
    else:
        joblib.dump(fitted, path, compress={"joblib": 0, "zlib": 3, "gzip": ("gzip", 3)}[how])


def write(name, how, fitted, rows, raising=()):
    """The model, the rows with their answers, and rows for which the library raises."""
    model = model_of(fitted)
    model.n_jobs = 1 if hasattr(model, "n_jobs") else None
    file = name + (".pkl" if how.startswith("pickle") else ".joblib")
    save(fitted, FIXTURES / file, how)
    record = {
        "file": file,
        "written": how,
        "sklearn": sklearn.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "fields": list(rows.columns) if isinstance(rows, pd.DataFrame) else None,
        "inputs": json_rows(rows),
        **answers_of(fitted, rows),
        "raises": [],
    }
    for row in raising:
        one = row if isinstance(row, pd.DataFrame) else np.asarray(row)
        try:
            fitted.predict(one)
        except ValueError as error:
            record["raises"].append({"row": json_rows(one)[0], "error": str(error).splitlines()[0]})
        else:
            raise AssertionError(f"{name}: scikit-learn takes {json_rows(one)}")
    text = json.dumps(record, ensure_ascii=False)
    (FIXTURES / (name + ".json")).write_text(text.replace('], [', '],\n['), encoding="utf-8")
    # What was written is what will be read: the stored model gives the stored answers.
    again = joblib.load(FIXTURES / file) if how in ("joblib", "zlib", "gzip") else fitted
    assert answers_of(again, rows)["raw"] == record["raw"], f"{name}: the stored model differs"
    print(f"{name}: {(FIXTURES / file).stat().st_size} bytes, {len(rows)} rows")


def row_with(frame, **changes):
    row = frame.iloc[[0]].copy()
    for column, value in changes.items():
        row[column] = pd.Series([value], index=row.index, dtype=object if isinstance(value, str) else None)
    return row


def preparation(unknown="ignore", **options):
    numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    texts = Pipeline(
        [
            ("fill", SimpleImputer(strategy="most_frequent")),
            ("encode", OneHotEncoder(handle_unknown=unknown)),
        ]
    )
    return ColumnTransformer(
        [("numbers", numbers, ["sales", "quantity", "discount"]), ("texts", texts, ["segment", "region"])],
        **options,
    )


# 1.2.2


def regressor_array(name):
    frame, y = table(1)
    X = frame[["sales", "quantity", "discount"]].to_numpy()
    fitted = RandomForestRegressor(n_estimators=12, max_depth=7, random_state=1).fit(X, y)
    rows = X[:60]
    write(name, "pickle2", fitted, rows, [[[NAN, 1, 0]], [[float("inf"), 1, 0]], [[1e39, 1, 0]]])


def ten_classes(name):
    frame, y = table(2, rows=400)
    X = frame[["sales", "quantity", "discount"]]
    labels = [10.0 * k for k in range(10)]
    fitted = RandomForestClassifier(
        n_estimators=10, max_depth=6, class_weight="balanced_subsample", random_state=2
    ).fit(X, classes(y, labels))
    write(name, "gzip", fitted, X.iloc[:80], [row_with(X, sales=NAN)])


def empty_column(name):
    frame, y = table(3)
    X = frame[["sales", "quantity", "discount"]].copy()
    X.insert(1, "never", NAN)
    X = with_holes(X, ["quantity"], 3)
    fill = ColumnTransformer(
        [
            ("mean", SimpleImputer(), ["sales", "never", "quantity"]),
            ("constant", SimpleImputer(strategy="constant", fill_value=5), ["never", "discount"]),
        ]
    )
    forest = RandomForestRegressor(n_estimators=8, max_depth=6, random_state=3)
    fitted = Pipeline([("fill", fill), ("forest", forest)]).fit(X, y)
    assert forest.n_features_in_ == 4  # The mean drops the empty column, a constant keeps it.
    write(name, "pickle4", fitted, X.iloc[:50])


# 1.3.2


def binary_text_labels(name):
    frame, y = table(4)
    X = with_holes(frame, ["sales", "segment"], 4)
    fitted = Pipeline(
        [
            ("prepare", preparation()),
            (
                "forest",
                RandomForestClassifier(
                    n_estimators=15, max_depth=6, class_weight="balanced", random_state=4
                ),
            ),
        ]
    ).fit(X, classes(y, ["stays", "churns"]))
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[:3], "region"] = "Atlantis"
    rows.loc[rows.index[3], ["segment", "region"]] = NAN
    write(name, "zlib", fitted, rows, [row_with(X, sales=float("inf"))])


def classes_by_output(name):
    frame, y = table(5)
    X = frame[["sales", "quantity", "discount"]].to_numpy()
    Y = np.column_stack(
        [classes(y, ["a", "b", "c"]), classes(-X[:, 1], ["no", "yes"]), classes(X[:, 0], list("pqrstuvwxyz"))]
    )
    weights = np.random.RandomState(5).rand(len(y))
    fitted = RandomForestClassifier(n_estimators=6, max_depth=5, random_state=5).fit(X, Y, weights)
    write(name, "pickle4", fitted, X[:50], [[[NAN, 1, 0]]])


def many_classes(name):
    r = np.random.RandomState(6)
    X = r.rand(1500, 3)
    y = r.permutation(np.arange(1500) % 150)  # Every leaf holds most of the classes.
    fitted = DecisionTreeClassifier(max_depth=4, min_samples_leaf=90, random_state=6).fit(X, y, r.rand(1500) * 3)
    rows = X[:40].copy()
    rows[0, 0] = NAN
    write(name, "joblib", fitted, rows)


def columns_by_position(name):
    frame, y = table(7)
    X = np.column_stack([frame[["sales", "quantity", "discount"]].to_numpy(), np.random.RandomState(7).rand(len(y), 4)])
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("one", StandardScaler(with_mean=False), [0]),
                        ("end", StandardScaler(with_std=False), [-1]),
                        ("slice", "passthrough", slice(1, 3)),
                        ("mask", StandardScaler(), [False, False, False, True, False, False, False]),
                        ("gone", "drop", [4]),
                        ("none", StandardScaler(), []),
                    ],
                    remainder="passthrough",
                ),
            ),
            ("nothing", "passthrough"),
            ("forest", RandomForestRegressor(n_estimators=8, max_depth=6, random_state=7)),
        ]
    ).fit(X, y)
    write(name, "pickle3", fitted, X[:50])


# 1.4.2


def extra_three_classes(name):
    frame, y = table(8)
    X = frame[["sales", "quantity", "discount"]]
    fitted = ExtraTreesClassifier(n_estimators=10, max_depth=7, random_state=8).fit(X, classes(y, [3, 1, 2]))
    write(name, "pickle3", fitted, X.iloc[:50], [row_with(X, sales=NAN)])


def forest_missing(name):
    frame, y = table(9)
    X = with_holes(frame[["sales", "quantity", "discount"]], ["sales", "discount"], 9)
    fitted = RandomForestRegressor(n_estimators=10, max_depth=7, random_state=9).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "quantity"] = NAN
    write(name, "joblib", fitted, rows, [row_with(X, sales=float("-inf"))])


# 1.5.1


def unknown_raises(name):
    frame, y = table(10)
    X = with_holes(frame, ["quantity"], 10)
    fitted = Pipeline(
        [
            ("prepare", preparation(unknown="error")),
            ("forest", RandomForestRegressor(n_estimators=10, max_depth=7, random_state=10)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60]
    write(name, "zlib", fitted, rows, [row_with(X, region="Atlantis"), row_with(X, sales=float("inf"))])


def sparse_columns(name):
    """Mostly zeros: the ColumnTransformer answers sparsely, and then no missing value is taken."""
    r = np.random.RandomState(11)
    frame, y = table(11)
    X = frame[["sales"]].assign(code=r.choice([f"c{k:02}" for k in range(20)], len(frame)))
    fitted = Pipeline(
        [
            ("columns", ColumnTransformer([("code", OneHotEncoder(), ["code"])], remainder="passthrough")),
            ("forest", RandomForestRegressor(n_estimators=8, max_depth=8, random_state=11)),
        ]
    ).fit(X, y + X.code.str[1:].astype(int))
    assert fitted.steps[0][1].sparse_output_
    write(name, "gzip", fitted, X.iloc[:50], [row_with(X, sales=NAN), row_with(X, code="zz")])


def highest_left(threshold, transform):
    """The largest double whose transform still goes left: bisection over all doubles, in their order."""

    def double(index):
        bits = np.uint64(index) if index >= 0 else np.uint64(-index) | np.uint64(1 << 63)
        return np.frombuffer(bits.tobytes(), np.float64)[0]

    low, high = -(0x7FEF << 48), 0x7FEF << 48
    while high - low > 1:
        middle = (low + high) // 2
        with np.errstate(over="ignore"):
            goes_left = np.float64(np.float32(transform(double(middle)))) <= threshold
        low, high = (middle, high) if goes_left else (low, middle)
    return double(low), double(high)


def neighbours(name):
    """Both neighbours of every cut point: as float32, and as raw doubles before scaling and rounding."""
    frame, y = table(12, rows=300)
    X = with_holes(frame, ["quantity"], 12)
    numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("scaled", numbers, ["sales", "quantity"]),
                        ("texts", OneHotEncoder(handle_unknown="ignore"), ["segment", "region"]),
                        ("plain", "passthrough", ["discount"]),
                    ],
                    sparse_threshold=0,
                ),
            ),
            ("forest", RandomForestRegressor(n_estimators=10, max_depth=8, random_state=12)),
        ]
    )
    X["discount"] = np.random.RandomState(12).rand(len(X))  # A plain number with many cut points.
    fitted.fit(X, y - 3 * X.discount)
    scaler = fitted.steps[0][1].named_transformers_["scaled"].steps[1][1]
    transforms = {"discount": (9, lambda x: x)}
    for position, column in enumerate(["sales", "quantity"]):
        mean, scale = scaler.mean_[position], scaler.scale_[position]
        transforms[column] = (position, lambda x, mean=mean, scale=scale: (x - mean) / scale)
    r = np.random.RandomState(13)
    changes = []
    for column, (feature, transform) in transforms.items():
        thresholds = {
            t
            for tree in fitted.steps[-1][1].estimators_
            for f, t in zip(tree.tree_.feature, tree.tree_.threshold)
            if f == feature
        }
        for threshold in sorted(thresholds):
            values = list(highest_left(threshold, transform))
            if column == "discount":
                below = np.float32(threshold)
                below = below if below <= threshold else np.nextafter(below, np.float32(-np.inf))
                values += [float(below), float(np.nextafter(below, np.float32(np.inf)))]
            changes += [(column, float(value)) for value in values]
    rows = X.iloc[r.randint(0, len(X), len(changes))].reset_index(drop=True)
    for row, (column, value) in enumerate(changes):
        rows.loc[row, column] = value
    write(name, "joblib", fitted, rows)


def single_nodes(name):
    """Trees that never ask: every row has the one answer."""
    frame, _ = table(21, rows=30)
    X = frame[["sales", "quantity"]]
    fitted = RandomForestRegressor(n_estimators=3, random_state=21).fit(X, np.full(30, 0.1))
    write(name, "joblib", fitted, X.iloc[:5])


# 1.7.2


def extra_two_targets(name):
    frame, y = table(14)
    X = with_holes(frame[["sales", "quantity", "discount"]], ["sales"], 14).to_numpy()
    Y = np.column_stack([y, -2 * y + np.nan_to_num(X[:, 0])])
    fitted = ExtraTreesRegressor(n_estimators=8, max_depth=7, random_state=14).fit(X, Y)
    write(name, "pickle5", fitted, X[:60])


def bool_labels(name):
    frame, y = table(15)
    fitted = Pipeline(
        [
            ("prepare", preparation(sparse_threshold=0)),
            ("tree", DecisionTreeClassifier(max_depth=6, random_state=15)),
        ]
    ).fit(frame, y > 3)
    write(name, "joblib", fitted, frame.iloc[:50])


def mixed_categories(name):
    """Categories that are whole numbers, numbers with NaN, truth values, and texts with None."""
    r = np.random.RandomState(16)
    X = pd.DataFrame(
        {
            "year": r.choice([2019, 2020, 2021], 200),
            "rate": r.choice([0.1, 2.5, NAN], 200),
            "member": r.rand(200) < 0.4,
            "grade": pd.Series(r.choice(["A", "B", "C"], 200)).astype(object),
            "amount": r.rand(200),
        }
    )
    X.loc[r.rand(200) < 0.2, "grade"] = NAN
    y = X.year - 2019 + X.rate.fillna(-1) + 3 * X.member + X.grade.isna() * 2 + X.amount
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [("encode", encode, ["year", "rate", "member", "grade"])],
                    remainder=Pipeline([("scale", StandardScaler())]),
                ),
            ),
            ("forest", RandomForestRegressor(n_estimators=8, max_depth=7, random_state=16)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "year"] = 1999
    rows.loc[rows.index[1], "rate"] = 9.75
    rows.loc[rows.index[2], "grade"] = "Z"
    write(name, "pickle4", fitted, rows)


# 1.9.1


def best_first(name):
    frame, y = table(17)
    X = frame[["sales", "quantity", "discount"]]
    fitted = RandomForestRegressor(
        n_estimators=8, max_leaf_nodes=25, random_state=17, monotonic_cst=[1, 0, -1]
    ).fit(X, y)
    rows = X.iloc[:50].copy()
    rows.loc[rows.index[0], "sales"] = NAN
    write(name, "pickle5", fitted, rows)


def tree_missing(name):
    frame, y = table(18)
    X = with_holes(frame[["sales", "quantity", "discount"]], ["sales", "quantity"], 18)
    fitted = DecisionTreeRegressor(max_leaf_nodes=30, criterion="absolute_error", random_state=18).fit(X, y)
    write(name, "joblib", fitted, X.iloc[:60])


def nested_fill(name):
    """Constants and most frequent values, a column that stays empty, pipelines inside pipelines."""
    frame, y = table(19)
    X = with_holes(frame, ["sales", "segment", "region"], 19)
    X["never"] = NAN
    inner = Pipeline(
        [
            ("a", "passthrough"),
            ("b", Pipeline([("fill", SimpleImputer(strategy="constant", fill_value=-999)), ("none", None)])),
        ]
    )
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("numbers", inner, ["sales", "quantity"]),
                        (
                            "texts",
                            Pipeline(
                                [
                                    ("fill", SimpleImputer(strategy="constant", fill_value="(none)")),
                                    ("encode", OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False)),
                                ]
                            ),
                            ["segment"],
                        ),
                        ("region", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["region"]),
                        ("kept", SimpleImputer(keep_empty_features=True), ["never"]),
                        ("lost", SimpleImputer(), ["never", "discount"]),
                        ("lost too", SimpleImputer(strategy="constant", fill_value=5), ["never"]),
                    ],
                ),
            ),
            ("forest", ExtraTreesRegressor(n_estimators=8, max_depth=7, random_state=19)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "segment"] = "Unheard"
    rows.loc[rows.index[1], "never"] = 4.25
    write(name, "zlib", fitted, rows)


def extra_tree(name):
    frame, y = table(20)
    X = frame[["sales", "quantity", "discount"]]
    fitted = ExtraTreeClassifier(max_depth=6, random_state=20).fit(X, classes(y, list("xyz")))
    rows = X.iloc[:40].copy()
    rows.loc[rows.index[0], "discount"] = NAN
    write(name, "joblib", fitted, rows)


def values():
    """Small numpy values as this numpy pickles them, in every protocol, for the pickle machine alone."""
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
        for protocol in range(6):
            pickled = base64.b64encode(pickle.dumps(value, protocol=protocol)).decode()
            flat = [as_json(item) for item in np.ravel(value).tolist()]
            written.append({"name": name, "protocol": protocol, "pickle": pickled, "items": flat})
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in written)
    path = Path(__file__).parent / "values" / f"numpy-{np.__version__}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"[{lines}]\n", encoding="utf-8")


MAKERS = {
    "1.2.2": [regressor_array, ten_classes, empty_column],
    "1.3.2": [binary_text_labels, classes_by_output, many_classes, columns_by_position],
    "1.4.2": [extra_three_classes, forest_missing],
    "1.5.1": [unknown_raises, sparse_columns, neighbours, single_nodes],
    "1.7.2": [extra_two_targets, bool_labels, mixed_categories],
    "1.9.1": [best_first, tree_missing, nested_fill, extra_tree],
}

if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    values()
    for maker in MAKERS[sklearn.__version__]:
        if len(sys.argv) == 1 or maker.__name__ in sys.argv[1:]:
            maker(maker.__name__.replace("_", "-") + "-" + sklearn.__version__)
