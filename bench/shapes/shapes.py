"""The forests of the bench: their rows, drawn from seeds, and how each is trained.

F-full, F-tuned and F-small predict the profit margin of Superstore-like rows (the example's
generator) from 34 features: 3 numbers and 5 one-hot encoded categories. F-wide tells 3 classes apart
by 100 normal numbers, most of which say nothing, under noise, so that its trees grow until their
leaves are as small as they may be.

H-leafy and H-small are boosted, of many small trees whose columns have few cut points: 31 leaves
grown on histograms, over 45 normal numbers of which 5% are missing and 5 categories of 30 values; and
the usual depth of 3, on the Superstore-like rows.
"""

import io
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

GENERATOR = Path(__file__).parents[2] / "examples" / "superstore" / "generate.mjs"
TRAINING_SEED, SCORED_SEED = 1, 2
# The largest batch that is measured: every row of it is another.
SCORED_ROWS = 65_536


class Superstore:
    """Fields as clients send them; the pipeline encodes, the forest sees 34 features."""

    training_rows = 9_994
    numbers = ["sales", "quantity", "discount"]
    categories = ["segment", "region", "category", "sub_category", "ship_mode"]

    def __init__(self, model=RandomForestRegressor, **parameters) -> None:
        self.model = model
        self.parameters = parameters

    def train(self) -> Pipeline:
        rows = self.rows(self.training_rows, TRAINING_SEED)
        numbers = ("numbers", SimpleImputer(strategy="median"), self.numbers)
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        encode = ColumnTransformer([numbers, ("categories", one_hot, self.categories)])
        forest = self.model(random_state=1, **self.parameters)
        model = Pipeline([("encode", encode), ("forest", forest)])
        return model.fit(rows[self.fields()], rows["profit"] / rows["sales"])

    def fields(self) -> list[str]:
        return self.numbers + self.categories

    def scored(self) -> pd.DataFrame:
        return self.rows(SCORED_ROWS, SCORED_SEED)[self.fields()]

    @staticmethod
    def rows(count: int, seed: int) -> pd.DataFrame:
        """The generator's rows under the field names that clients send."""
        command = ["node", str(GENERATOR), str(count), str(seed)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows = pd.read_csv(io.StringIO(text))
        return rows.rename(columns=lambda name: name.lower().replace(" ", "_").replace("-", "_"))

    @staticmethod
    def forest(model: Pipeline):
        return model["forest"]

    @staticmethod
    def features(model: Pipeline, scored: pd.DataFrame) -> np.ndarray:
        return np.ascontiguousarray(model["encode"].transform(scored), dtype=np.float32)


class Normal:
    """A bare classifier on an array: its fields are its features."""

    training_rows = 100_000
    feature_count = 100
    noise = 2

    def __init__(self, **parameters) -> None:
        self.parameters = parameters

    def train(self) -> RandomForestClassifier:
        features, classes = self.rows(self.training_rows, TRAINING_SEED)
        forest = RandomForestClassifier(random_state=1, **self.parameters)
        return forest.fit(features, classes)

    def scored(self) -> pd.DataFrame:
        features, _ = self.rows(SCORED_ROWS, SCORED_SEED)
        # The names that an importer gives to the features of a forest that knows no names.
        return pd.DataFrame(features, columns=[f"x{at}" for at in range(self.feature_count)])

    @classmethod
    def rows(cls, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        features = random.standard_normal((count, cls.feature_count)).astype(np.float32)
        x = features.T
        scores = np.stack(
            [x[0] + x[1] * x[2], x[3] - x[4] + 0.5 * x[5] ** 2, x[6] + x[7] * x[0]], axis=1
        )
        noise = cls.noise * random.standard_normal((count, scores.shape[1]))
        return features, (scores + noise).argmax(axis=1)

    @staticmethod
    def forest(model: RandomForestClassifier):
        return model

    @staticmethod
    def features(_model: RandomForestClassifier, scored: pd.DataFrame) -> np.ndarray:
        return np.ascontiguousarray(scored.to_numpy(), dtype=np.float32)


class Leafy:
    """A bare regressor on an array: its fields are its features, the categories last."""

    training_rows = 100_000
    number_count = 45
    category_count = 5
    category_values = 30
    missing_share = 0.05

    def __init__(self, **parameters) -> None:
        self.parameters = parameters

    def train(self) -> HistGradientBoostingRegressor:
        features, target = self.rows(self.training_rows, TRAINING_SEED)
        categories = range(self.number_count, self.number_count + self.category_count)
        model = HistGradientBoostingRegressor(
            random_state=1, categorical_features=list(categories), **self.parameters
        )
        return model.fit(features, target)

    def scored(self) -> pd.DataFrame:
        features, _ = self.rows(SCORED_ROWS, SCORED_SEED)
        return pd.DataFrame(features, columns=[f"x{at}" for at in range(features.shape[1])])

    @classmethod
    def rows(cls, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        numbers = random.standard_normal((count, cls.number_count)).astype(np.float32)
        codes = random.integers(cls.category_values, size=(count, cls.category_count))
        # The worth of a category belongs to the data, not to one draw of its rows.
        worth = np.random.default_rng(0).standard_normal((cls.category_count, cls.category_values))
        effects = worth[np.arange(cls.category_count), codes]
        x = numbers.T
        target = (
            numbers @ np.linspace(1, 0.1, cls.number_count)
            + x[0] * x[1]
            + np.sin(3 * x[2])
            + effects.sum(axis=1)
            + effects[:, 0] * x[3]
            + random.standard_normal(count)
        )
        numbers[random.random(numbers.shape) < cls.missing_share] = np.nan
        return np.hstack([numbers, codes.astype(np.float32)]), target

    @staticmethod
    def forest(model: HistGradientBoostingRegressor):
        return model

    @staticmethod
    def features(_model: HistGradientBoostingRegressor, scored: pd.DataFrame) -> np.ndarray:
        return np.ascontiguousarray(scored.to_numpy(), dtype=np.float32)


SHAPES = {
    "F-full": Superstore(n_estimators=300, n_jobs=2),
    "F-tuned": Superstore(n_estimators=300, max_depth=16, min_samples_leaf=2, n_jobs=2),
    "F-small": Superstore(n_estimators=100, max_depth=8, n_jobs=2),
    "F-wide": Normal(n_estimators=500, min_samples_leaf=20, n_jobs=2),
    "H-leafy": Leafy(max_iter=1_000, max_leaf_nodes=31, early_stopping=False),
    "H-small": Superstore(GradientBoostingRegressor, n_estimators=300, max_depth=3),
}
