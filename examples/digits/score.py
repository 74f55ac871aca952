"""Scores one model on the holdout for the gate: loads MODEL_URI and writes PREDICTIONS_PATH.

The gate runs this script once per model and joins the predictions with holdout.csv by id. The script needs no
labels and no MLflow server, and does not know whether it scores the candidate or the champion.
"""

import os

import mlflow.sklearn
import pandas as pd

from data import LABEL, load_archive, split
from holdout import ID


def predict_rows(model, scans: pd.DataFrame) -> pd.DataFrame:
    """Returns id, predicted digit and, if the model has them, the probabilities of each scan."""
    features = scans[model.feature_names_in_]
    table = pd.DataFrame({"prediction": model.predict(features)}, index=features.index)
    if hasattr(model, "predict_proba"):
        for digit, probability in zip(model.classes_, model.predict_proba(features).T, strict=True):
            table[f"proba_{digit}"] = probability
    return table.rename_axis(ID)


def main() -> None:
    """Loads the model from a local folder. Loading a pickle runs code: only trusted jobs may write models."""
    _, holdout = split(load_archive())
    model = mlflow.sklearn.load_model(os.environ["MODEL_URI"])
    predict_rows(model, holdout.drop(columns=LABEL)).to_csv(os.environ["PREDICTIONS_PATH"])


if __name__ == "__main__":
    main()
