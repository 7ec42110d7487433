"""Both sides of every cut point: where one bit of a value decides the way."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from make.data import INF, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST


def highest_left(threshold, transform):
    """The largest double whose transform still goes left: bisection over all doubles, in their order."""

    def double(index):
        bits = np.uint64(index) if index >= 0 else np.uint64(-index) | np.uint64(1 << 63)
        return np.frombuffer(bits.tobytes(), np.float64)[0]

    low, high = -(0x7FEF << 48), 0x7FEF << 48
    while high - low > 1:
        middle = (low + high) // 2
        with np.errstate(over="ignore"):
            goes_left = np.float64(np.float32(transform(double(middle)))) <= threshold
        low, high = (middle, high) if goes_left else (low, middle)
    return double(low), double(high)


@fixture(versions=["1.5.1"], how="joblib")
def neighbours():
    """Both neighbours of every cut point: as float32, and as raw doubles before scaling and rounding."""
    frame, y = table(12, rows=300)
    X = with_holes(frame, ["quantity"], 12)
    numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("scaled", numbers, ["sales", "quantity"]),
                        ("texts", OneHotEncoder(handle_unknown="ignore"), ["segment", "region"]),
                        ("plain", "passthrough", ["discount"]),
                    ],
                    sparse_threshold=0,
                ),
            ),
            ("forest", RandomForestRegressor(n_estimators=6, max_depth=6, random_state=12)),
        ]
    )
    X["discount"] = np.random.RandomState(12).rand(len(X))  # A plain number with many cut points.
    fitted.fit(X, y - 3 * X.discount)
    scaler = fitted.steps[0][1].named_transformers_["scaled"].steps[1][1]
    transforms = {"discount": (9, lambda x: x)}
    for position, column in enumerate(["sales", "quantity"]):
        mean, scale = scaler.mean_[position], scaler.scale_[position]
        transforms[column] = (position, lambda x, mean=mean, scale=scale: (x - mean) / scale)
    r = np.random.RandomState(13)
    changes = []
    for column, (feature, transform) in transforms.items():
        thresholds = {
            t
            for tree in fitted.steps[-1][1].estimators_
            for f, t in zip(tree.tree_.feature, tree.tree_.threshold)
            if f == feature
        }
        for threshold in sorted(thresholds):
            values = list(highest_left(threshold, transform))
            if column == "discount":
                below = np.float32(threshold)
                below = below if below <= threshold else np.nextafter(below, np.float32(-np.inf))
                values += [float(below), float(np.nextafter(below, np.float32(np.inf)))]
            changes += [(column, float(value)) for value in values]
    rows = X.iloc[r.randint(0, len(X), len(changes))].reset_index(drop=True)
    for row, (column, value) in enumerate(changes):
        rows.loc[row, column] = value
    return Made(fitted, rows)


@fixture(versions=["0.22.2", NEWEST], how="joblib")
def rounded_ties():
    """Doubles that only become equal to a threshold, or pass it, when rounded to float32."""
    r = np.random.RandomState(29)
    X = r.rand(200, 2)
    fitted = RandomForestRegressor(n_estimators=4, max_depth=4, random_state=29).fit(X, X[:, 0] - X[:, 1] ** 2)
    rows = []
    for tree in fitted.estimators_:
        for feature, threshold in zip(tree.tree_.feature, tree.tree_.threshold):
            if feature >= 0 and len(rows) < 60:
                row = np.array([0.5, 0.5])
                row[feature] = threshold
                towards = INF if len(rows) % 3 == 0 else -INF
                row[feature] = np.nextafter(threshold, towards) if len(rows) % 2 else threshold
                rows.append(row)
    return Made(fitted, np.array(rows))
