"""The estimators that a model is made of, each with the options that are not their defaults."""

import inspect

import numpy as np

from make.cells import as_json


def parts_of(fitted):
    """[{"class": name, "options": {name: value}}], for the table of what is supported."""
    parts = []
    for estimator in estimators_of(fitted):
        part = {"class": type(estimator).__name__, "options": options_of(estimator)}
        if part not in parts:
            parts.append(part)
    return parts


def estimators_of(fitted):
    inside = fitted.get_params(deep=True).values() if hasattr(fitted, "get_params") else []
    return [fitted] + [value for value in inside if hasattr(value, "get_params") and not inspect.isclass(value)]


def options_of(estimator):
    defaults = inspect.signature(type(estimator).__init__).parameters
    options = {}
    for name, value in estimator.get_params(deep=False).items():
        if name not in defaults or name in ("random_state", "n_jobs", "verbose"):
            continue
        if not is_same(value, defaults[name].default):
            options[name] = shown(value)
    return options


def is_same(value, default):
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(map(shown, value)) == list(map(shown, default))
    return type(value) is type(default) and (value is default or shown(value) == shown(default))


def shown(value):
    """Words, truth values and numbers as they are; of anything else what it is."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (str, bool, int, float)) or value is None:
        return as_json(value)
    if isinstance(value, np.ufunc) or inspect.isfunction(value) or inspect.isclass(value):
        return value.__name__
    return type(value).__name__
