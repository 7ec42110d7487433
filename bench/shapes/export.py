"""Writes what the contestants read of a trained shape, and what their answers are judged by.

python export.py FOLDER SHAPE

Into FOLDER/SHAPE go, all numbers little-endian and all tables row by row unless they say otherwise:
- forest.joblib and, of a random forest, forest.onnx: the forest alone, for peers that take prepared
  features;
- features.f32: the rows to score as the forest's features; fields.json and fields.f64: the same rows
  as a client's fields, field by field (a text as its number among the field's categories);
- raw.f64 and predictions.f64: scikit-learn's sums over the trees, in tree order, and its answers;
- shape.json: what came out, for the table (written last: without it the shape is not there).
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import is_classifier
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor

from shapes import SHAPES

# Their sums are their answers. No peer is measured on them yet.
BOOSTED = (GradientBoostingRegressor, HistGradientBoostingRegressor)


def main() -> None:
    folder, name = Path(sys.argv[1]) / sys.argv[2], sys.argv[2]
    shape = SHAPES[name]
    model = joblib.load(folder / "pipeline.joblib")
    forest, scored = shape.forest(model), shape.scored()
    features = shape.features(model, scored)
    joblib.dump(forest, folder / "forest.joblib")
    features.astype("<f4").tofile(folder / "features.f32")
    write_fields(scored, folder)
    outputs = write_answers(forest, features, folder)
    if not isinstance(forest, BOOSTED):
        export_onnx(forest, features.shape[1], folder / "forest.onnx")
    about = {"name": name, **description(forest), "rows": len(features), "outputs": outputs}
    (folder / "shape.json").write_text(json.dumps(about) + "\n")


def write_fields(scored: pd.DataFrame, folder: Path) -> None:
    fields, columns = [], []
    for name, values in scored.items():
        if pd.api.types.is_numeric_dtype(values):
            fields.append({"name": name})
            columns.append(values.to_numpy(dtype="<f8"))
        else:
            codes, categories = pd.factorize(values, sort=True)
            fields.append({"name": name, "categories": list(categories)})
            columns.append(codes.astype("<f8"))
    (folder / "fields.json").write_text(json.dumps(fields))
    np.concatenate(columns).tofile(folder / "fields.f64")


def write_answers(forest, features: np.ndarray, folder: Path) -> int:
    """Numbers of one row; the sums are checked to be those that the answers come from."""
    if isinstance(forest, BOOSTED):
        answers = forest.predict(features)
        answers.astype("<f8").tofile(folder / "raw.f64")
        answers.astype("<f8").tofile(folder / "predictions.f64")
        return 1
    classifier = is_classifier(forest)
    one = (lambda tree: tree.predict_proba(features)) if classifier else (
        lambda tree: tree.predict(features)
    )
    answers = forest.predict_proba(features) if classifier else forest.predict(features)
    sums = np.zeros(answers.shape)
    for tree in forest.estimators_:
        sums += one(tree)
    assert np.array_equal(sums / len(forest.estimators_), answers)
    sums.astype("<f8").tofile(folder / "raw.f64")
    answers.astype("<f8").tofile(folder / "predictions.f64")
    return answers[0].size


def export_onnx(forest, features: int, path: Path) -> None:
    # Probabilities as one tensor: a list of dictionaries is what no fast caller would ask for.
    options = {id(forest): {"zipmap": False}} if is_classifier(forest) else None
    kind = [("features", FloatTensorType([None, features]))]
    path.write_bytes(to_onnx(forest, initial_types=kind, options=options).SerializeToString())


def description(forest) -> dict:
    trees = [split_nodes(tree) for tree in trees_of(forest)]
    features = np.concatenate([tree["feature"] for tree in trees])
    thresholds = np.concatenate([tree["threshold"] for tree in trees])
    return {
        "trees": len(trees),
        "nodes": sum(tree["nodes"] for tree in trees),
        "depth": max(tree["depth"] for tree in trees),
        "features": forest.n_features_in_,
        "thresholdsOfOneMax": max(
            len(np.unique(thresholds[features == at])) for at in range(forest.n_features_in_)
        ),
        "trainedBy": f"scikit-learn {sklearn.__version__}",
    }


def trees_of(forest) -> list:
    if isinstance(forest, HistGradientBoostingRegressor):
        return [tree for iteration in forest._predictors for tree in iteration]
    return [tree.tree_ for tree in np.ravel(forest.estimators_)]


def split_nodes(tree) -> dict:
    """How large a tree is, and what its inner nodes ask of numbers; a set of categories asks nothing."""
    if not hasattr(tree, "nodes"):
        inner = tree.children_left >= 0
        return {
            "nodes": tree.node_count,
            "depth": tree.max_depth,
            "feature": tree.feature[inner],
            "threshold": tree.threshold[inner],
        }
    nodes = tree.nodes
    asks = (nodes["is_leaf"] == 0) & (nodes["is_categorical"] == 0)
    return {
        "nodes": len(nodes),
        "depth": int(nodes["depth"].max()),
        "feature": nodes["feature_idx"][asks],
        "threshold": nodes["num_threshold"][asks],
    }


if __name__ == "__main__":
    main()
