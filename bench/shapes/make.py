"""Trains the bench's shapes with scikit-learn and exports them to ONNX.

python make.py FOLDER SHAPE...

Every shape is a forest that predicts the profit margin of Superstore-like rows (the example's
generator) from 34 features: 3 numbers and 5 one-hot encoded categories. For each, FOLDER/SHAPE gets
- pipeline.joblib: what a user would bring, fields in, prediction out;
- forest.joblib and forest.onnx: the forest alone, for peers that take prepared features;
- rows.json: the rows to score, as fields; features.npy: the same rows as float32 features;
- raw.f64: scikit-learn's sums over the trees, in tree order, as little-endian doubles;
- shape.json: what came out, for the table (written last: without it the shape is not there).
"""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

GENERATOR = Path(__file__).parents[2] / "examples" / "superstore" / "generate.mjs"
NUMBERS = ["sales", "quantity", "discount"]
CATEGORIES = ["segment", "region", "category", "sub_category", "ship_mode"]
TRAINING_ROWS, TRAINING_SEED = 9_994, 1
SCORED_ROWS, SCORED_SEED = 4_096, 2
FEATURES = 34
SHAPES = {
    "F-full": {"n_estimators": 300},
    "F-tuned": {"n_estimators": 300, "max_depth": 16, "min_samples_leaf": 2},
    "F-small": {"n_estimators": 100, "max_depth": 8},
}


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    for name in names:
        make(folder / name, name)


def make(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    training = superstore_rows(TRAINING_ROWS, TRAINING_SEED)
    scored = superstore_rows(SCORED_ROWS, SCORED_SEED)[NUMBERS + CATEGORIES]
    start = time.monotonic()
    model = pipeline(SHAPES[name])
    model.fit(training[NUMBERS + CATEGORIES], training["profit"] / training["sales"])
    forest = model["forest"].set_params(n_jobs=1)
    say(f"{name}: trained in {time.monotonic() - start:.0f} s, {node_count(forest):,} nodes")

    features = np.ascontiguousarray(model["encode"].transform(scored), dtype=np.float32)
    assert features.shape == (SCORED_ROWS, FEATURES), features.shape
    joblib.dump(model, folder / "pipeline.joblib")
    joblib.dump(forest, folder / "forest.joblib")
    np.save(folder / "features.npy", features)
    raw_sums(forest, features).astype("<f8").tofile(folder / "raw.f64")
    (folder / "rows.json").write_text(json.dumps(scored.to_dict(orient="records")))
    export_onnx(forest, folder / "forest.onnx", name)
    (folder / "shape.json").write_text(json.dumps(description(name, forest)) + "\n")


def superstore_rows(count: int, seed: int) -> pd.DataFrame:
    """The generator's rows under the field names that clients send."""
    command = ["node", str(GENERATOR), str(count), str(seed)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = pd.read_csv(io.StringIO(text))
    return rows.rename(columns=lambda name: name.lower().replace(" ", "_").replace("-", "_"))


def pipeline(parameters: dict) -> Pipeline:
    encode = ColumnTransformer(
        [
            ("numbers", SimpleImputer(strategy="median"), NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
        ]
    )
    forest = RandomForestRegressor(random_state=1, n_jobs=2, **parameters)
    return Pipeline([("encode", encode), ("forest", forest)])


def raw_sums(forest: RandomForestRegressor, features: np.ndarray) -> np.ndarray:
    sums = np.zeros(len(features))
    for tree in forest.estimators_:
        sums += tree.predict(features)
    assert np.array_equal(sums / len(forest.estimators_), forest.predict(features))
    return sums


def export_onnx(forest: RandomForestRegressor, path: Path, name: str) -> None:
    start = time.monotonic()
    graph = to_onnx(forest, initial_types=[("features", FloatTensorType([None, FEATURES]))])
    path.write_bytes(graph.SerializeToString())
    say(f"{name}: ONNX written in {time.monotonic() - start:.0f} s, {path.stat().st_size:,} bytes")


def node_count(forest: RandomForestRegressor) -> int:
    return sum(tree.tree_.node_count for tree in forest.estimators_)


def description(name: str, forest: RandomForestRegressor) -> dict:
    trees = [tree.tree_ for tree in forest.estimators_]
    sales = [tree.threshold[tree.feature == 0] for tree in trees]
    return {
        "name": name,
        "trees": len(trees),
        "nodes": node_count(forest),
        "depth": max(tree.max_depth for tree in trees),
        "salesThresholds": len(np.unique(np.concatenate(sales))),
        "rows": SCORED_ROWS,
        "features": FEATURES,
        "trainedBy": f"scikit-learn {sklearn.__version__}",
    }


def say(sentence: str) -> None:
    print(f"bench: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
