"""How answers are stored: `answers.json` has one entry for each version, oldest first.

The first entry is whole. Every later one has `file` and what differs from the entry before it, to the bit:
rows that all versions share stand once, and so do answers on which neighbouring versions agree.
"""

import json

from make.versions import ENVIRONMENTS


def store(folder, record):
    """The record takes the place of the one that its version had; those of other versions stay."""
    others = [other for other in read(folder) if version_of(other) != version_of(record)]
    records = sorted(others + [record], key=lambda each: ENVIRONMENTS.index(version_of(each)))
    entries = [as_text(changes(before, each)) for before, each in zip([{}] + records, records)]
    path = folder / "answers.json"
    path.write_text("[\n%s\n]\n" % ",\n".join(entries), encoding="utf-8")
    assert as_text(read(folder)) == as_text(records), "%s does not read back" % path
    return path


def read(folder):
    path = folder / "answers.json"
    if not path.exists():
        return []
    records = []
    for entry in json.loads(path.read_text(encoding="utf-8")):
        records.append(dict(records[-1] if records else {}, **entry))
    return records


def version_of(record):
    return record["file"].rsplit(".", 1)[0]


def changes(before, record):
    return {key: value for key, value in record.items() if key not in before or differ(before[key], value)}


def differ(a, b):
    """As text: 1 is not 1.0 there, and 0.0 is not -0.0."""
    return as_text(a) != as_text(b)


def as_text(value):
    """A row a line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("], [", "],\n[")
