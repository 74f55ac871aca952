"""Two public data sets of scikit-learn, two honest models of each, and an independent reference of their comparison.

    public_datasets.py train DATASET MODEL FOLDER      logs the model with MLflow's client, and saves its predictions
    public_datasets.py holdout FOLDER                  writes the labels of each holdout as CSV
    public_datasets.py score DATASET                   scores the model in MODEL_URI into PREDICTIONS_PATH
    public_datasets.py reference FOLDER                prints values and paired bootstrap intervals as JSON

A champion knows few of the columns, a candidate all. Both are trained on the same rows, and the holdout is the rest.
"""

import csv
import json
import os
import pathlib
import pickle
import sys

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import t as student
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RESAMPLES = 10_000


def keep(*columns):
    return ColumnTransformer([("keep", "passthrough", list(columns))])


def classifier():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


DATASETS = {
    "breast_cancer": {
        "load": load_breast_cancer,
        "champion": lambda: make_pipeline(keep(0, 1), classifier()),
        "candidate": classifier,
        "metric": "auc",
        "column": "score",
        "predict": lambda model, x: model.predict_proba(x)[:, 1],
        "measure": roc_auc_score,
        "sign": 1,
    },
    "diabetes": {
        "load": load_diabetes,
        "champion": lambda: make_pipeline(keep(2), LinearRegression()),
        "candidate": lambda: RandomForestRegressor(random_state=1),
        "metric": "rmse",
        "column": "prediction",
        "predict": lambda model, x: model.predict(x),
        "measure": root_mean_squared_error,
        "sign": -1,
    },
}


def split(dataset):
    x, y = dataset["load"](return_X_y=True)
    return train_test_split(x, y, test_size=0.4, random_state=7)


def train(name, which, folder):
    import mlflow

    dataset = DATASETS[name]
    x, x_holdout, y, y_holdout = split(dataset)
    model = dataset[which]().fit(x, y)
    predicted = dataset["predict"](model, x_holdout)
    np.save(pathlib.Path(folder) / f"{name}-{which}.npy", predicted)
    with mlflow.start_run() as run:
        mlflow.log_metric(dataset["metric"], dataset["measure"](y_holdout, predicted))
        mlflow.sklearn.log_model(
            model, name="model", serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
        )
        print("made", run.info.run_id)


def write_table(path, column, values):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", column])
        rows.writerows(enumerate(values.tolist()))


def holdout(folder):
    for name, dataset in DATASETS.items():
        _, _, _, y = split(dataset)
        write_table(pathlib.Path(folder) / f"{name}.csv", "label", y)


def score(name):
    dataset = DATASETS[name]
    _, x, _, _ = split(dataset)
    model = pickle.loads((pathlib.Path(os.environ["MODEL_URI"]) / "model.pkl").read_bytes())
    write_table(os.environ["PREDICTIONS_PATH"], dataset["column"], dataset["predict"](model, x))


def auc(labels, scores):
    """Share of pairs of a positive and a negative row in the right order, by ranks: roc_auc_score is slow in a loop."""
    _, position, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[position]
    positives = labels == 1
    n, m = positives.sum(), (~positives).sum()
    return (ranks[positives].sum() - n * (n + 1) / 2) / (n * m)


def rmse(labels, predicted):
    return np.sqrt(np.mean((labels - predicted) ** 2))


def bootstrap(labels, candidate, champion, value, sign):
    """Two one-sided 95 % bounds of the difference on the same rows, from a paired bootstrap.

    Each is the wider one of the expanded percentile interval (Hesterberg 2015, with Satterthwaite's degrees of freedom of
    the jackknife variance) and BCa (Efron 1987).
    """

    def difference(rows):
        return sign * (value(labels[rows], candidate[rows]) - value(labels[rows], champion[rows]))

    every = np.arange(len(labels))
    random = np.random.default_rng(20261130)
    replicates = np.array([difference(random.choice(every, len(every))) for _ in range(RESAMPLES)])
    estimate = difference(every)
    without = np.array([difference(np.delete(every, row)) for row in every])
    squares = (without.mean() - without) ** 2
    freedom = 2 * squares.sum() ** 2 / ((squares - squares.mean()) ** 2).sum()
    expanded = np.sqrt(len(every) / (len(every) - 1)) * student.ppf([0.05, 0.95], freedom)
    bias = ndtri(np.mean(replicates < estimate))
    acceleration = ((without.mean() - without) ** 3).sum() / (6 * squares.sum() ** 1.5)
    corrected = bias + (bias + expanded) / (1 - acceleration * (bias + expanded))
    percentile, bca = (np.quantile(replicates, ndtr(z)) for z in (expanded, corrected))
    return {
        "estimate": estimate,
        "low": min(percentile[0], bca[0]),
        "high": max(percentile[1], bca[1]),
        "error": replicates.std(),
    }


def reference(folder):
    values = {"auc": auc, "rmse": rmse}
    result = {}
    for name, dataset in DATASETS.items():
        _, _, _, labels = split(dataset)
        candidate, champion = [
            np.load(pathlib.Path(folder) / f"{name}-{which}.npy") for which in ("candidate", "champion")
        ]
        result[name] = {
            "rows": len(labels),
            "candidate": dataset["measure"](labels, candidate),
            "champion": dataset["measure"](labels, champion),
            **bootstrap(labels, candidate, champion, values[dataset["metric"]], dataset["sign"]),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"train": train, "holdout": holdout, "score": score, "reference": reference}[command](*arguments)
