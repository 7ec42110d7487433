"""Makes the scikit-learn fixtures beside this file: small models with the library's own answers.

Every fixture names the versions that write it, so run this once per environment (any machine with these
Pythons; single-threaded, seeds fixed, a second run writes the same numbers):

    for each line: VERSION PYTHON
        0.20.4  python3.6      0.22.2  python3.6      0.24.2  python3.7      1.0.2  python3.8
        1.2.2   python3.9      1.3.2   python3.10     1.4.2   python3.12     1.5.1  python3.11
        1.6.1   python3.12     1.7.2   python3.12     1.9.1   python3.13

    PYTHON -m venv /tmp/py/VERSION
    /tmp/py/VERSION/bin/pip install --only-binary :all: -r requirements-VERSION.txt
    /tmp/py/VERSION/bin/python make.py

Arguments narrow it: names of modules in make/ (`trees`), names of fixtures (`ten-classes`), or `values`
(numpy values for the pickle machine). README.md describes what is written and how to add a fixture.
"""

import importlib
import os
import sys
from pathlib import Path

# With several threads BLAS adds up in another order at every run. It asks when numpy is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

from make.frame import ENTRIES, FIXTURES, write
from make.values import write_values
from make.versions import VERSION

FRAME = {"__init__", "answers", "cells", "data", "frame", "parts", "stored", "values", "versions"}
MODULES = {path.stem for path in (Path(__file__).parent / "make").glob("*.py")}
DOMAINS = sorted(MODULES - FRAME)


def read(domain, forgiving):
    """One module in the middle of a change shall not keep the fixtures of others from being made."""
    try:
        importlib.import_module("make." + domain)
    except (ImportError, SyntaxError, NameError) as error:
        if not forgiving:
            raise
        print("make/%s.py is left out: %s" % (domain, error))


def main(wanted):
    named = [name for name in wanted if name in DOMAINS]
    for domain in named or DOMAINS:
        read(domain, forgiving=bool(wanted))
    names = set(wanted) - set(named) - {"values"}
    FIXTURES.mkdir(exist_ok=True)
    if not wanted or "values" in wanted:
        write_values()
    chosen = [entry for entry in ENTRIES if not names or entry["name"] in names]
    unknown = names - {entry["name"] for entry in chosen}
    assert not unknown, "there is no fixture %s" % ", ".join(sorted(unknown))
    for entry in chosen:
        if VERSION in entry["versions"] and wanted != ["values"]:
            write(entry)


if __name__ == "__main__":
    main(sys.argv[1:])
