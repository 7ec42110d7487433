"""One peer as a process: requests and replies are lines of JSON on stdin and stdout.

python peer.py scikit-learn|onnxruntime SHAPE_FOLDER

load     loads the model and scores one row; {loadMs, version, call}
answers  every row's prediction, as little-endian doubles in base64
one      {seconds}: nanoseconds of single-row calls, each on the next prepared row
batch    {seconds}: nanoseconds of calls on all rows
The time of a call is the library's own entry point's; inputs are prepared, outputs are not copied.
"""

import base64
import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np

RUNS_MIN = 3
# Calls by which a peer with two ways to be called picks its faster one.
TRIAL_CALLS = 300


class ScikitLearn:
    libraries = ["sklearn.ensemble", "joblib"]

    def __init__(self, folder: Path) -> None:
        import joblib
        import sklearn

        self.version = f"scikit-learn {sklearn.__version__}"
        self.call = "forest.predict, n_jobs=1, float32 C-contiguous matrix"
        self.forest = joblib.load(folder / "forest.joblib").set_params(n_jobs=1, verbose=0)

    def prepare(self, features: np.ndarray):
        return lambda: self.forest.predict(features)

    def answers(self, features: np.ndarray) -> np.ndarray:
        return self.forest.predict(features)


class OnnxRuntime:
    libraries = ["onnxruntime"]

    def __init__(self, folder: Path) -> None:
        import onnxruntime as ort

        self.ort = ort
        self.version = f"ONNX Runtime {ort.__version__}"
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        path = str(folder / "forest.onnx")
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.outputs = [self.session.get_outputs()[0].name]
        row = np.zeros((1, self.session.get_inputs()[0].shape[1]), dtype=np.float32)
        ways = {"session.run": self.plain, "run_with_iobinding": self.bound}
        self.call = min(ways, key=lambda name: trial_nanos(ways[name](row)))
        self.prepare = ways[self.call]

    def plain(self, features: np.ndarray):
        feed = {self.input: features}
        return lambda: self.session.run(self.outputs, feed)

    def bound(self, features: np.ndarray):
        binding = self.session.io_binding()
        binding.bind_ortvalue_input(self.input, self.ort.OrtValue.ortvalue_from_numpy(features))
        result = np.zeros((len(features), 1), dtype=np.float32)
        binding.bind_ortvalue_output(
            self.outputs[0], self.ort.OrtValue.ortvalue_from_numpy(result)
        )
        return lambda: self.session.run_with_iobinding(binding)

    def answers(self, features: np.ndarray) -> np.ndarray:
        return self.session.run(self.outputs, {self.input: features})[0].ravel()


def trial_nanos(call) -> float:
    return float(np.median([nanos_of(call) for _ in range(TRIAL_CALLS)]))


def nanos_of(call) -> int:
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start


def measure(calls: list, seconds: float, start_at: int) -> list[int]:
    """Calls in turn until the time is up, so that no row stays in the caches by itself."""
    nanos: list[int] = []
    end = time.monotonic() + seconds
    while len(nanos) < RUNS_MIN or time.monotonic() < end:
        nanos.append(nanos_of(calls[(start_at + len(nanos)) % len(calls)]))
    return nanos


class Peer:
    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = {"scikit-learn": ScikitLearn, "onnxruntime": OnnxRuntime}[kind]
        self.folder = folder
        for library in self.kind.libraries:
            importlib.import_module(library)  # Now, because it is no part of loading a model.
        self.features = np.load(folder / "features.npy")
        self.scored = 0

    def load(self, _request: dict) -> dict:
        start = time.perf_counter_ns()
        self.model = self.kind(self.folder)
        first = np.ascontiguousarray(self.features[:1])
        self.model.prepare(first)()
        load_ms = (time.perf_counter_ns() - start) / 1e6
        rows = [np.ascontiguousarray(self.features[at : at + 1]) for at in range(len(self.features))]
        self.single = [self.model.prepare(row) for row in rows]
        self.whole = [self.model.prepare(np.ascontiguousarray(self.features))]
        return {"loadMs": load_ms, "version": self.model.version, "call": self.model.call}

    def answers(self, _request: dict) -> dict:
        answers = self.model.answers(self.features).astype("<f8")
        return {"answers": base64.b64encode(answers.tobytes()).decode()}

    def one(self, request: dict) -> dict:
        nanos = measure(self.single, request["seconds"], self.scored)
        self.scored += len(nanos)
        return {"nanos": nanos}

    def batch(self, request: dict) -> dict:
        return {"nanos": measure(self.whole, request["seconds"], 0)}


def main() -> None:
    peer = Peer(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        request = json.loads(line)
        reply = getattr(peer, request["do"])(request)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
