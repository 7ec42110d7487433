"""The peers: how each holds a forest, and its fastest documented call on inputs of its own kind.

A library has
- `libraries`: the modules whose start is no part of loading a model;
- `convert(folder)`, where it reads no file of another library: its own file, made once beforehand;
- `__init__(folder)`: load the model, with one thread;
- `prepare(features)`: a call on these rows, with all that can be made ready before already done;
- `tolerance`: how far its answers may be from scikit-learn's.
The result of a call holds the answers of the rows, in order.
"""

import os
import pickle
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

EXACT = {"of": "every", "max": 0.0}
# Doubles that are divided elsewhere, or added in another order: a rounding error of 1e-16 a tree.
DOUBLE = {"of": "every", "max": 1e-12}
# Float32 sums of hundreds of float32 numbers, each addition rounding to 6e-8 of the sum so far.
FLOAT32 = {"of": "every", "max": 1e-5}
# Where thresholds are float32 as well, a value between a threshold and its rounding (a discount of
# 0.15 between 0.1 and 0.2) goes to another leaf than in scikit-learn: in some trees, for some rows.
FLOAT32_THRESHOLDS = {"of": "mean", "max": 1e-3}
# Calls by which a peer with two ways to be called picks its faster one.
TRIAL_CALLS = 300


class ScikitLearn:
    libraries = ["sklearn.ensemble", "joblib"]
    tolerance = EXACT

    def __init__(self, folder: Path) -> None:
        import joblib

        self.version = f"scikit-learn {version('scikit-learn')}"
        self.forest = joblib.load(folder / "forest.joblib").set_params(n_jobs=1, verbose=0)
        name = "predict_proba" if hasattr(self.forest, "classes_") else "predict"
        self.method = getattr(self.forest, name)
        self.call = f"forest.{name}, n_jobs=1, float32 C-contiguous matrix"

    def prepare(self, features: np.ndarray):
        return lambda: self.method(features)


class OnnxRuntime:
    libraries = ["onnxruntime"]
    tolerance = FLOAT32

    def __init__(self, folder: Path) -> None:
        import onnxruntime as ort

        self.ort = ort
        self.version = f"ONNX Runtime {ort.__version__} (Python)"
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        path = str(folder / "forest.onnx")
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        # A classifier's label comes first; its probabilities are what all peers are asked for.
        output = self.session.get_outputs()[-1]
        self.outputs, self.width = [output.name], output.shape[1]
        row = np.zeros((1, self.session.get_inputs()[0].shape[1]), dtype=np.float32)
        ways = {"session.run": self.plain, "run_with_iobinding": self.bound}
        self.call = min(ways, key=lambda name: trial_nanos(ways[name](row)))
        self.prepare = ways[self.call]

    def plain(self, features: np.ndarray):
        feed = {self.input: features}
        return lambda: self.session.run(self.outputs, feed)[0]

    def bound(self, features: np.ndarray):
        binding = self.session.io_binding()
        binding.bind_ortvalue_input(self.input, self.ort.OrtValue.ortvalue_from_numpy(features))
        answers = self.ort.OrtValue.ortvalue_from_numpy(
            np.zeros((len(features), self.width), dtype=np.float32)
        )
        binding.bind_ortvalue_output(self.outputs[0], answers)

        def call():
            self.session.run_with_iobinding(binding)
            return answers

        return call


class Ydf:
    libraries = ["ydf"]
    tolerance = FLOAT32_THRESHOLDS

    @staticmethod
    def convert(folder: Path) -> None:
        import joblib
        import ydf

        model = ydf.from_sklearn(joblib.load(folder / "forest.joblib"))
        model.save(str(folder / "forest.ydf"))
        average_probabilities(folder / "forest.ydf" / "random_forest_header.pb")

    def __init__(self, folder: Path) -> None:
        import ydf

        self.ydf = ydf
        self.version = f"YDF {version('ydf')}"
        self.call = "model.predict of a vertical dataset, num_threads=1"
        self.model = ydf.load_model(str(folder / "forest.ydf"))
        classifier = self.model.task() == ydf.Task.CLASSIFICATION
        self.label = self.model.label_classes()[0] if classifier else 0.0

    def prepare(self, features: np.ndarray):
        label = np.full(len(features), self.label)  # Must be there; a prediction does not read it.
        rows = self.ydf.create_vertical_dataset(
            {"features": features, "label": label}, data_spec=self.model.data_spec()
        )
        return lambda: self.model.predict(rows, num_threads=1)


class Treelite:
    libraries = ["treelite"]
    tolerance = DOUBLE

    @staticmethod
    def convert(folder: Path) -> None:
        imported(folder).serialize(folder / "forest.treelite")

    def __init__(self, folder: Path) -> None:
        import treelite

        self.version = f"treelite {version('treelite')} GTIL"
        self.call = "gtil.predict, nthread=1, float64 C-contiguous matrix"
        self.run = treelite.gtil.predict
        self.model = treelite.Model.deserialize(folder / "forest.treelite")

    def prepare(self, features: np.ndarray):
        rows = np.ascontiguousarray(features, dtype=np.float64)
        return lambda: self.run(self.model, rows, nthread=1)


class Tl2cgen:
    libraries = ["tl2cgen"]
    tolerance = DOUBLE

    @staticmethod
    def convert(folder: Path) -> None:
        import tl2cgen

        jobs = os.cpu_count() or 1
        tl2cgen.export_lib(
            imported(folder),
            toolchain="gcc",
            libpath=folder / "forest.tl2cgen.so",
            params={"parallel_comp": jobs},
            nthread=jobs,
        )

    def __init__(self, folder: Path) -> None:
        import tl2cgen

        self.matrix = tl2cgen.DMatrix
        self.version = f"TL2cgen {version('tl2cgen')}"
        self.call = "predictor.predict, nthread=1, a dense DMatrix of float64"
        self.predictor = tl2cgen.Predictor(folder / "forest.tl2cgen.so", nthread=1)

    def prepare(self, features: np.ndarray):
        rows = self.matrix(np.ascontiguousarray(features, dtype=np.float64), dtype="float64")
        return lambda: self.predictor.predict(rows)


class Intelex:
    """oneDAL, by the road that its documentation names for a forest that scikit-learn trained."""

    libraries = ["daal4py.mb"]
    tolerance = FLOAT32_THRESHOLDS

    @staticmethod
    def convert(folder: Path) -> None:
        import daal4py.mb

        model = daal4py.mb.convert_model(imported(folder))
        (folder / "forest.onedal").write_bytes(pickle.dumps(model))

    def __init__(self, folder: Path) -> None:
        import daal4py

        daal4py.daalinit(1)
        self.version = f"scikit-learn-intelex {version('scikit-learn-intelex')}"
        self.call = "daal4py.mb model.predict, float32 C-contiguous matrix"
        self.model = pickle.loads((folder / "forest.onedal").read_bytes())

    def prepare(self, features: np.ndarray):
        return lambda: self.model.predict(features)


LIBRARIES = {
    "scikit-learn": ScikitLearn,
    "onnxruntime": OnnxRuntime,
    "ydf": Ydf,
    "treelite": Treelite,
    "tl2cgen": Tl2cgen,
    "intelex": Intelex,
}


def imported(folder: Path):
    """The forest as treelite reads it, which is what three peers start from."""
    import joblib
    import treelite

    return treelite.sklearn.import_model(joblib.load(folder / "forest.joblib"))


def average_probabilities(header: Path) -> None:
    """YDF's trees vote for one class each; scikit-learn's average their probabilities."""
    from yggdrasil_decision_forests.model.random_forest.random_forest_pb2 import Header

    message = Header.FromString(header.read_bytes())
    message.winner_take_all_inference = False
    header.write_bytes(message.SerializeToString())


def trial_nanos(call) -> float:
    return float(np.median([nanos_of(call) for _ in range(TRIAL_CALLS)]))


def nanos_of(call) -> int:
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start
