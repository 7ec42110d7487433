"""Trains one of the bench's shapes with scikit-learn.

python train.py FOLDER SHAPE

FOLDER/SHAPE/pipeline.joblib is what a user would bring: fields in, prediction out.
"""

import sys
import time
from pathlib import Path

import joblib

from shapes import SHAPES


def main() -> None:
    folder, name = Path(sys.argv[1]) / sys.argv[2], sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    model = SHAPES[name].train()
    forest = SHAPES[name].forest(model)
    if hasattr(forest, "n_jobs"):
        forest.set_params(n_jobs=1)
    # Under another name first: a file that is there is whole.
    part = folder / "pipeline.part"
    joblib.dump(model, part)
    part.rename(folder / "pipeline.joblib")
    print(f"bench: {name} trained in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
