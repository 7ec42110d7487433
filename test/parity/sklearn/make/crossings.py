"""Rows beside a model's cut points, found from outside, whatever stands before its trees."""

import numpy as np
import pandas as pd


def ordered(doubles):
    """Integers in the order of the doubles, neighbours to neighbours."""
    bits = np.asarray(doubles, dtype=np.float64).view(np.int64)
    return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)


def doubles_of(integers):
    bits = np.where(integers < 0, np.int64(-(2**63)) - integers, integers)
    return bits.astype(np.int64).view(np.float64)


def crossings(fitted, rows, columns, seed, tries=48, most=20):
    """Pairs of rows that are neighbouring doubles in one column, and get different answers.

    Between two rows that are answered differently some cut point lies; bisection over the doubles in
    the library's own arithmetic finds the two values on either side of it.
    """
    r = np.random.RandomState(seed)
    known = rows.dropna().reset_index(drop=True)
    low = known.iloc[r.randint(0, len(known), tries)].reset_index(drop=True)
    high = low.copy()
    column = np.array(columns)[np.arange(tries) % len(columns)]
    for at in range(tries):
        high.loc[at, column[at]] = known[column[at]].iloc[r.randint(0, len(known))]
    answer, other = fitted.predict(low), fitted.predict(high)
    keep = np.flatnonzero(answer != other)[:most]
    low, high, column, answer = low.iloc[keep], high.iloc[keep], column[keep], answer[keep]
    low, high = low.reset_index(drop=True), high.reset_index(drop=True)
    from_, to = values_in(low, column), values_in(high, column)
    middle = low.copy()
    while True:
        a, b = ordered(from_), ordered(to)
        at = doubles_of(a // 2 + b // 2 + (a % 2 + b % 2) // 2)
        put_in(middle, column, at)
        # Where no double is left between the two, the middle is one of them and stays as it is.
        near = fitted.predict(middle) == answer
        moved = np.where(near, at, from_), np.where(near, to, at)
        if np.array_equal(moved[0], from_) and np.array_equal(moved[1], to):
            break
        from_, to = moved
        if (np.abs(ordered(to) - ordered(from_)) <= 1).all():
            break
    put_in(low, column, from_)
    put_in(high, column, to)
    return pd.concat([low, high], ignore_index=True)


def values_in(rows, column):
    return np.array([rows[column[at]].iloc[at] for at in range(len(rows))], dtype=np.float64)


def put_in(rows, column, values):
    for name in set(column):
        own = rows[name].to_numpy(dtype=np.float64, copy=True)
        own[column == name] = values[column == name]
        rows[name] = own
