"""Trains the example model and writes what Thicket's tests hold it to.

python train.py

Reads the generator's rows (Node must be on the PATH) and writes, beside this file, model.joblib (the
fitted pipeline), expected.csv (500 rows with scikit-learn's own answers) and spec.json (what the
pipeline file cannot say: target, ranges of the fields, held-out metrics).
"""

import csv
import io
import json
import subprocess
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
NUMBERS = ["sales", "quantity", "discount"]
CATEGORIES = ["segment", "region", "category", "sub_category", "ship_mode"]
TRAINING_ROWS, TRAINING_SEED = 10_000, 2026
EXPECTED_ROWS, EXPECTED_SEED = 500, 7
FOREST_SEED = 1
# The repository carries the file, so it stays small.
MODEL_BYTES_MAX = 5_000_000


def main() -> None:
    rows = superstore_rows(TRAINING_ROWS, TRAINING_SEED)
    train, test = train_test_split(rows, test_size=0.2, random_state=FOREST_SEED)
    model = pipeline().fit(train[NUMBERS + CATEGORIES], margin(train))
    path = HERE / "model.joblib"
    joblib.dump(model, path, compress=("zlib", 9))
    assert path.stat().st_size <= MODEL_BYTES_MAX, f"{path.stat().st_size} bytes"
    write_expected(model)
    write_spec(metrics(margin(test), model.predict(test[NUMBERS + CATEGORIES])))


def superstore_rows(count: int, seed: int) -> pd.DataFrame:
    """The generator's rows under the field names that clients send."""
    command = ["node", str(HERE / "generate.mjs"), str(count), str(seed)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = pd.read_csv(io.StringIO(text))
    return rows.rename(columns=lambda name: name.lower().replace(" ", "_").replace("-", "_"))


def margin(rows: pd.DataFrame) -> np.ndarray:
    return (rows["profit"] / rows["sales"]).to_numpy()


def pipeline() -> Pipeline:
    numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    encode = ColumnTransformer(
        [
            ("numbers", numbers, NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
        ]
    )
    forest = RandomForestRegressor(
        n_estimators=300, max_depth=16, min_samples_leaf=9, random_state=FOREST_SEED, n_jobs=1
    )
    return Pipeline([("encode", encode), ("forest", forest)])


def metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    return {
        "mae": mean_absolute_error(truth, predicted),
        "rmse": root_mean_squared_error(truth, predicted),
        "r2": r2_score(truth, predicted),
    }


def write_expected(model: Pipeline) -> None:
    """Rows with the library's answers; repr reads back to the same double. A blank is missing."""
    rows = awkward(superstore_rows(EXPECTED_ROWS, EXPECTED_SEED)[NUMBERS + CATEGORIES])
    predictions = model.predict(rows)
    encoded = model["encode"].transform(rows)
    encoded = np.asarray(encoded.todense() if hasattr(encoded, "todense") else encoded)
    features = encoded.astype(np.float32)
    sums = np.zeros(len(rows))
    for tree in model["forest"].estimators_:
        sums += tree.predict(features)
    assert np.array_equal(sums / len(model["forest"].estimators_), predictions)
    with (HERE / "expected.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*NUMBERS, *CATEGORIES, "prediction", "raw_0"])
        for row, prediction, total in zip(rows.itertuples(index=False), predictions, sums):
            cells = ["" if pd.isna(value) else number_or_text(value) for value in row]
            writer.writerow([*cells, repr(float(prediction)), repr(float(total))])


def number_or_text(value: object) -> str:
    if isinstance(value, str):
        return value
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def awkward(rows: pd.DataFrame) -> pd.DataFrame:
    """One row in five is made unusual, in turn: unknown and missing categories, missing and extreme
    numbers. All of them are values that the pipeline takes."""
    rows = rows.astype({name: "float64" for name in NUMBERS} | {name: object for name in CATEGORIES})
    edits = [(name, "Not seen in training") for name in CATEGORIES]
    edits += [(name, None) for name in CATEGORIES]
    edits += [(name, np.nan) for name in NUMBERS]
    edits += [("sales", 0.0), ("sales", 1e9), ("sales", 5e-324), ("quantity", 1_000_000.0)]
    edits += [("discount", 0.0), ("discount", 1.0), ("discount", 0.1 + 0.2)]
    for turn, at in enumerate(range(0, len(rows), 5)):
        name, value = edits[turn % len(edits)]
        rows.iat[at, rows.columns.get_loc(name)] = value
    rows.iloc[-1] = [np.nan] * len(NUMBERS) + [None] * len(CATEGORIES)
    return rows


def write_spec(held_out: dict[str, float]) -> None:
    fields = [
        {"name": "sales", "type": "number", "minimum": 0, "description": "Line total in dollars"},
        {"name": "quantity", "type": "number", "integer": True, "minimum": 1, "description": "Units"},
        {"name": "discount", "type": "number", "minimum": 0, "maximum": 1, "description": "Share"},
    ]
    fields += [{"name": name, "type": "text"} for name in CATEGORIES]
    spec = {
        "name": "rf_profit_margin",
        "target": "profit_margin",
        "fields": fields,
        "metrics": {name: float(value) for name, value in held_out.items()},
    }
    (HERE / "spec.json").write_text(json.dumps(spec, indent=2) + "\n")


if __name__ == "__main__":
    main()
