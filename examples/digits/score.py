"""Scores one model on the holdout, for a gate: reads MODEL_URI, writes PREDICTIONS_PATH, asks no server.

The gate runs it once for each model and joins what it writes with holdout.csv by id. It does not know whose
model it scores, and it does not need the labels.
"""

import os

import mlflow.sklearn
import pandas as pd

from data import LABEL, load_archive, split
from holdout import ID


def predict_rows(model, scans: pd.DataFrame) -> pd.DataFrame:
    """One row per scan: its id, the digit that the model sees, and each digit's probability if it has any."""
    features = scans[model.feature_names_in_]
    table = pd.DataFrame({"prediction": model.predict(features)}, index=features.index)
    if hasattr(model, "predict_proba"):
        for digit, probability in zip(model.classes_, model.predict_proba(features).T, strict=True):
            table[f"proba_{digit}"] = probability
    return table.rename_axis(ID)


def main() -> None:
    """The model is a folder on this machine. Its pickle is code: it must come from jobs that are trusted."""
    _, holdout = split(load_archive())
    model = mlflow.sklearn.load_model(os.environ["MODEL_URI"])
    predict_rows(model, holdout.drop(columns=LABEL)).to_csv(os.environ["PREDICTIONS_PATH"])


if __name__ == "__main__":
    main()
