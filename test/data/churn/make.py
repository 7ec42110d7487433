"""Trains the small churn model beside this file, and writes scikit-learn's answers to some rows.

python make.py TELCO_CHURN.csv

The table is the public Telco customer churn sample: 7,043 rows, a blank TotalCharges in 11 of them. The
model's file is model.joblib. expected.csv has, per row of the table counted from 1, the predicted label and
the probability of Yes.

    python3.11 -m venv /tmp/churn
    /tmp/churn/bin/pip install scikit-learn==1.5.1 numpy==1.26.4 pandas==2.2.3 joblib==1.4.2
    /tmp/churn/bin/python make.py ../shared/data/telco_churn/telco_churn.csv
"""

import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

HERE = Path(__file__).parent
NUMBERS = ["SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges"]
TEXTS = ["gender", "Partner", "Contract", "InternetService", "PaymentMethod", "TechSupport"]
FIRST_ROWS = 100
MODEL_BYTES_MAX = 200_000


def main(path: str) -> None:
    rows = pd.read_csv(path, na_values=[" "])
    model = pipeline().fit(rows[NUMBERS + TEXTS], rows["Churn"])
    joblib.dump(model, HERE / "model.joblib", compress=("zlib", 9))
    assert (HERE / "model.joblib").stat().st_size <= MODEL_BYTES_MAX
    asked = rows[(rows.index < FIRST_ROWS) | rows["TotalCharges"].isna()]
    shares = model.predict_proba(asked[NUMBERS + TEXTS])
    with open(HERE / "expected.csv", "w", newline="\n") as file:
        file.write("raw_id,prediction,probability(Yes)\n")
        for at, label, share in zip(asked.index, model.predict(asked[NUMBERS + TEXTS]), shares[:, 1]):
            file.write(f"{at + 1},{label},{float(share)!r}\n")


def pipeline() -> Pipeline:
    encode = OneHotEncoder(handle_unknown="ignore")
    columns = [("numbers", SimpleImputer(strategy="median"), NUMBERS), ("texts", encode, TEXTS)]
    forest = RandomForestClassifier(n_estimators=15, max_depth=6, random_state=1)
    return Pipeline([("columns", ColumnTransformer(columns)), ("forest", forest)])


if __name__ == "__main__":
    main(sys.argv[1])
