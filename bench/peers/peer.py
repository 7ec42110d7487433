"""One peer as a process: requests and replies are lines of JSON on stdin and stdout.

python peer.py NAME SHAPE_FOLDER            answers requests until its input ends
python peer.py NAME SHAPE_FOLDER convert    writes the peer's own file of the forest, and ends

load     loads the model and scores one row; {version, call, loadMs, residentBytes, tolerance}
answers  {rows}: the first rows' predictions, as little-endian doubles in base64
time     {rows, seconds}: nanoseconds of calls on that many rows, each on the next prepared block
The time of a call is the library's own entry point's; inputs are prepared, outputs are not copied.
A failure is answered with {error}, a sentence.
"""

import base64
import importlib
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from libraries import LIBRARIES, nanos_of

# Rows that small blocks are taken from in turn, so that no row stays in the caches by itself.
ROTATED_ROWS = 4_096
# A conversion may not take the machine down: trees as Python objects need a thousand times a node.
CONVERT_BYTES_MAX = 10 * 2**30


class Peer:
    def __init__(self, name: str, folder: Path) -> None:
        self.library, self.folder = LIBRARIES[name], folder
        self.blocks: dict[int, list] = {}
        self.calls = 0

    def load(self, _request: dict) -> dict:
        about = json.loads((self.folder / "shape.json").read_text())
        self.features = np.memmap(
            self.folder / "features.f32", dtype="<f4", mode="r"
        ).reshape(-1, about["features"])
        first = np.array(self.features[:1])
        bare = resident_bytes()
        for module in self.library.libraries:
            importlib.import_module(module)  # Now, because it is no part of loading a model.
        start = time.perf_counter_ns()
        self.model = self.library(self.folder)
        self.model.prepare(first)()
        return {
            "version": self.model.version,
            "call": self.model.call,
            "loadMs": (time.perf_counter_ns() - start) / 1e6,
            "residentBytes": resident_bytes() - bare,
            "tolerance": self.model.tolerance,
        }

    def answers(self, request: dict) -> dict:
        answers = self.model.prepare(np.array(self.features[: request["rows"]]))()
        numbers = np.asarray(answers.numpy() if hasattr(answers, "numpy") else answers)
        return {"answers": base64.b64encode(numbers.astype("<f8").tobytes()).decode()}

    def time(self, request: dict) -> dict:
        calls = self.prepared(request["rows"])
        end = time.monotonic() + request["seconds"]
        nanos: list[int] = []
        while not nanos or time.monotonic() < end:
            nanos.append(nanos_of(calls[self.calls % len(calls)]))
            self.calls += 1
        return {"nanos": nanos}

    def prepared(self, rows: int) -> list:
        if rows not in self.blocks:
            starts = range(0, max(rows, ROTATED_ROWS), rows)
            blocks = [np.array(self.features[at : at + rows]) for at in starts]
            self.blocks[rows] = [self.model.prepare(block) for block in blocks]
        return self.blocks[rows]


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not say how much memory is resident")


def sentence(error: Exception) -> str:
    first, _, _ = str(error).strip().partition("\n")
    return f"{type(error).__name__}: {first}"


def convert(name: str, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CONVERT_BYTES_MAX, CONVERT_BYTES_MAX))
    try:
        LIBRARIES[name].convert(folder)
    except Exception as error:
        print(sentence(error))
        sys.exit(1)


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    if sys.argv[3:] == ["convert"]:
        convert(name, folder)
        return
    peer = Peer(name, folder)
    replies, sys.stdout = sys.stdout, sys.stderr  # Libraries print what is no reply.
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(peer, request["do"])(request)
        except Exception as error:
            reply = {"error": sentence(error)}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
