"""Log a champion and a number of better candidates, each a real model, and print the run ids as JSON.

    python seed_candidates.py MODEL CANDIDATES
"""

import json
import sys

import mlflow
import numpy
from sklearn.linear_model import LogisticRegression


def log_model(seed: int, accuracy: float) -> tuple[str, str]:
    """Log one finished run with a small model."""
    rows = numpy.random.default_rng(seed).normal(size=(40, 4))
    fitted = LogisticRegression().fit(rows, rows[:, 0] > 0)
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(
            fitted,
            name="model",
            pip_requirements=["scikit-learn"],
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_PICKLE,
        )
        mlflow.log_metric("accuracy", accuracy)
    return run.info.run_id, logged.model_id


def main() -> None:
    model, count = sys.argv[1], int(sys.argv[2])
    mlflow.set_experiment(model)
    client = mlflow.MlflowClient()
    run_id, model_id = log_model(0, 0.5)
    client.create_registered_model(model)
    version = client.create_model_version(model, f"models:/{model_id}", run_id=run_id, model_id=model_id)
    client.set_registered_model_alias(model, "champion", version.version)
    print(json.dumps([log_model(seed, 0.6)[0] for seed in range(1, count + 1)]))


main()
