"""Forests behind the preparation that people write: imputers, scalers, encoders, columns."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from make.data import INF, NAN, classes, row_with, table, with_holes
from make.frame import Made, fixture
from make.versions import NEWEST


def preparation(unknown="ignore", **options):
    numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    texts = Pipeline(
        [
            ("fill", SimpleImputer(strategy="most_frequent")),
            ("encode", OneHotEncoder(handle_unknown=unknown)),
        ]
    )
    return ColumnTransformer(
        [("numbers", numbers, ["sales", "quantity", "discount"]), ("texts", texts, ["segment", "region"])],
        **options,
    )


@fixture(versions=["1.2.2"], how="pickle4")
def empty_column():
    frame, y = table(3)
    X = frame[["sales", "quantity", "discount"]].copy()
    X.insert(1, "never", NAN)
    X = with_holes(X, ["quantity"], 3)
    fill = ColumnTransformer(
        [
            ("mean", SimpleImputer(), ["sales", "never", "quantity"]),
            ("constant", SimpleImputer(strategy="constant", fill_value=5), ["never", "discount"]),
        ]
    )
    forest = RandomForestRegressor(n_estimators=5, max_depth=4, random_state=3)
    fitted = Pipeline([("fill", fill), ("forest", forest)]).fit(X, y)
    assert forest.n_features_in_ == 4  # The mean drops the empty column, a constant keeps it.
    return Made(fitted, X.iloc[:50])


@fixture(versions=["0.22.2", "1.0.2", "1.3.2"], how="zlib")
def binary_text_labels():
    frame, y = table(4)
    X = with_holes(frame, ["sales", "segment"], 4)
    fitted = Pipeline(
        [
            ("prepare", preparation()),
            (
                "forest",
                RandomForestClassifier(
                    n_estimators=6, max_depth=5, class_weight="balanced", random_state=4
                ),
            ),
        ]
    ).fit(X, classes(y, ["stays", "churns"]))
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[:3], "region"] = "Atlantis"
    rows.loc[rows.index[3], ["segment", "region"]] = NAN
    return Made(fitted, rows, [row_with(X, sales=INF)])


@fixture(versions=["1.3.2"], how="pickle3")
def columns_by_position():
    frame, y = table(7)
    X = np.column_stack([frame[["sales", "quantity", "discount"]].to_numpy(), np.random.RandomState(7).rand(len(y), 4)])
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("one", StandardScaler(with_mean=False), [0]),
                        ("end", StandardScaler(with_std=False), [-1]),
                        ("slice", "passthrough", slice(1, 3)),
                        ("mask", StandardScaler(), [False, False, False, True, False, False, False]),
                        ("gone", "drop", [4]),
                        ("none", StandardScaler(), []),
                    ],
                    remainder="passthrough",
                ),
            ),
            ("nothing", "passthrough"),
            ("forest", RandomForestRegressor(n_estimators=5, max_depth=4, random_state=7)),
        ]
    ).fit(X, y)
    return Made(fitted, X[:50])


@fixture(versions=["0.24.2", "1.5.1"], how="zlib")
def unknown_raises():
    frame, y = table(10)
    X = with_holes(frame, ["quantity"], 10)
    fitted = Pipeline(
        [
            ("prepare", preparation(unknown="error")),
            ("forest", RandomForestRegressor(n_estimators=5, max_depth=5, random_state=10)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60]
    return Made(fitted, rows, [row_with(X, region="Atlantis"), row_with(X, sales=INF)])


@fixture(versions=["1.5.1"], how="gzip")
def sparse_columns():
    """Mostly zeros: the ColumnTransformer answers sparsely, and then no missing value is taken."""
    r = np.random.RandomState(11)
    frame, y = table(11)
    X = frame[["sales"]].assign(code=r.choice([f"c{k:02}" for k in range(20)], len(frame)))
    fitted = Pipeline(
        [
            ("columns", ColumnTransformer([("code", OneHotEncoder(), ["code"])], remainder="passthrough")),
            ("forest", RandomForestRegressor(n_estimators=8, max_depth=8, random_state=11)),
        ]
    ).fit(X, y + X.code.str[1:].astype(int))
    assert fitted.steps[0][1].sparse_output_
    return Made(fitted, X.iloc[:50], [row_with(X, sales=NAN), row_with(X, code="zz")])


@fixture(versions=["0.24.2", "1.0.2", "1.6.1", "1.7.2"], how="joblib")
def bool_labels():
    frame, y = table(15)
    fitted = Pipeline(
        [
            ("prepare", preparation(sparse_threshold=0)),
            ("tree", DecisionTreeClassifier(max_depth=6, random_state=15)),
        ]
    ).fit(frame, y > 3)
    return Made(fitted, frame.iloc[:50])


@fixture(versions=["1.7.2"], how="pickle4")
def mixed_categories():
    """Categories that are whole numbers, numbers with NaN, truth values, and texts with None."""
    r = np.random.RandomState(16)
    X = pd.DataFrame(
        {
            "year": r.choice([2019, 2020, 2021], 200),
            "rate": r.choice([0.1, 2.5, NAN], 200),
            "member": r.rand(200) < 0.4,
            "grade": pd.Series(r.choice(["A", "B", "C"], 200)).astype(object),
            "amount": r.rand(200),
        }
    )
    X.loc[r.rand(200) < 0.2, "grade"] = NAN
    y = X.year - 2019 + X.rate.fillna(-1) + 3 * X.member + X.grade.isna() * 2 + X.amount
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [("encode", encode, ["year", "rate", "member", "grade"])],
                    remainder=Pipeline([("scale", StandardScaler())]),
                ),
            ),
            ("forest", RandomForestRegressor(n_estimators=5, max_depth=5, random_state=16)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "year"] = 1999
    rows.loc[rows.index[1], "rate"] = 9.75
    rows.loc[rows.index[2], "grade"] = "Z"
    return Made(fitted, rows)


@fixture(versions=["1.9.1"], how="zlib")
def nested_fill():
    """Constants and most frequent values, a column that stays empty, pipelines inside pipelines."""
    frame, y = table(19)
    X = with_holes(frame, ["sales", "segment", "region"], 19)
    X["never"] = NAN
    inner = Pipeline(
        [
            ("a", "passthrough"),
            ("b", Pipeline([("fill", SimpleImputer(strategy="constant", fill_value=-999)), ("none", None)])),
        ]
    )
    fitted = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("numbers", inner, ["sales", "quantity"]),
                        (
                            "texts",
                            Pipeline(
                                [
                                    ("fill", SimpleImputer(strategy="constant", fill_value="(none)")),
                                    ("encode", OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False)),
                                ]
                            ),
                            ["segment"],
                        ),
                        ("region", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["region"]),
                        ("kept", SimpleImputer(keep_empty_features=True), ["never"]),
                        ("lost", SimpleImputer(), ["never", "discount"]),
                        ("lost too", SimpleImputer(strategy="constant", fill_value=5), ["never"]),
                    ],
                ),
            ),
            ("forest", ExtraTreesRegressor(n_estimators=8, max_depth=7, random_state=19)),
        ]
    ).fit(X, y)
    rows = X.iloc[:60].copy()
    rows.loc[rows.index[0], "segment"] = "Unheard"
    rows.loc[rows.index[1], "never"] = 4.25
    return Made(fitted, rows)


@fixture(versions=["0.24.2", "1.6.1", NEWEST], how="joblib")
def min_max_range():
    """Another range than 0 to 1, and values beyond it clipped to its ends."""
    frame, y = table(31)
    X = frame[["sales", "quantity", "discount"]]
    scale = MinMaxScaler(feature_range=(-1, 2), clip=True)
    forest = RandomForestRegressor(n_estimators=4, max_depth=5, random_state=31)
    fitted = Pipeline([("scale", scale), ("forest", forest)]).fit(X.iloc[40:], y[40:])
    rows = X.iloc[:40].copy()
    rows.loc[rows.index[0], ["sales", "quantity"]] = [-1e6, 1e6]
    return Made(fitted, rows, [row_with(X, sales=INF)])
