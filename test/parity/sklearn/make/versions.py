"""The environments, oldest first: patches of a version (0.22.2.post1) are not told apart."""

import re

import sklearn

ALL = ["0.22.2", "0.24.2", "1.0.2", "1.2.2", "1.3.2", "1.4.2", "1.5.1", "1.6.1", "1.7.2", "1.9.1"]
NEWEST = ALL[-1]
# Modules had other names before 0.22 (sklearn.ensemble.forest): forests alone are proved there.
RENAMED = "0.20.4"
ENVIRONMENTS = [RENAMED] + ALL
VERSION = re.match(r"\d+\.\d+\.\d+", sklearn.__version__).group()


def since(first):
    return ALL[ALL.index(first) :]


def until(last):
    return ALL[: ALL.index(last) + 1]


def is_at_least(version):
    return ENVIRONMENTS.index(VERSION) >= ENVIRONMENTS.index(version)
