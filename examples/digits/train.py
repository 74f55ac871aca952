"""Trains a classifier of handwritten digits, judges it on a fixed holdout and logs both to MLflow.

Server, experiment and credentials come from MLflow's own environment variables (MLFLOW_TRACKING_URI,
MLFLOW_EXPERIMENT_NAME, ...). The last line on stdout is `RUN_ID: <32 hex digits>`.
"""

import argparse
import dataclasses
import time
import warnings

import mlflow
import numpy
import pandas
import sklearn
from mlflow.models import infer_signature
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from data import ARCHIVE_ROWS, HOLDOUT_ROWS, LABEL, fingerprint, load_archive, split
from recipes import RECIPES, Recipe, build


def parse_arguments() -> argparse.Namespace:
    """The knobs; each hyperparameter overrides what the named quality says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter, fromfile_prefix_chars="@"
    )
    parser.add_argument("--quality", choices=sorted(RECIPES), default="baseline", help="a named recipe")
    parser.add_argument("--rows", type=int, help="number of training rows")
    parser.add_argument("--c", type=float, help="regularisation of the support vector machine")
    parser.add_argument("--gamma", type=float, help="kernel width of the support vector machine")
    parser.add_argument("--seed", type=int, default=1, help="which rows are drawn from the training rows")
    parser.add_argument("--register-as", metavar="NAME", help="also register the model as a version of NAME")
    arguments = parser.parse_args()
    if arguments.rows is not None and not 10 <= arguments.rows <= ARCHIVE_ROWS - HOLDOUT_ROWS:
        parser.error(f"--rows must be from 10 to {ARCHIVE_ROWS - HOLDOUT_ROWS}, got {arguments.rows}")
    return arguments


def choose_recipe(arguments: argparse.Namespace) -> Recipe:
    """The named recipe with the hyperparameters that were given one by one."""
    given = {key: getattr(arguments, key) for key in ("rows", "c", "gamma")}
    return dataclasses.replace(
        RECIPES[arguments.quality], **{key: value for key, value in given.items() if value is not None}
    )


def evaluate(labels, predictions) -> dict[str, float]:
    """The metrics that a gate may ask for, on the holdout."""
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predictions, average="macro", zero_division=0
    )
    worst = precision_recall_fscore_support(labels, predictions, zero_division=0)[1].min()
    return {
        "accuracy": float(accuracy_score(labels, predictions)),
        "f1_macro": float(f1),
        "precision_macro": float(precision),
        "recall_macro": float(recall),
        "recall_worst_digit": float(worst),
    }


def p95_latency_ms(pipeline, scans: pandas.DataFrame) -> float:
    """Milliseconds within which 95 of 100 scans are read, each alone as in a request, by a warm model.

    It is this machine's time: a gate may hold it under a ceiling, and learns little where two runs differ.
    """
    alone = [scans.iloc[[row]] for row in range(len(scans))]
    pipeline.predict(alone[0])
    seconds = []
    for scan in alone:
        started = time.perf_counter()
        pipeline.predict(scan)
        seconds.append(time.perf_counter() - started)
    return float(numpy.percentile(seconds, 95) * 1000)


def main() -> None:
    """One run: parameters, the model, and its metrics bound to the model and to the holdout."""
    # MLflow's advice on integer columns that may have gaps; the only one here is the label.
    warnings.filterwarnings("ignore", message="Hint: Inferred schema contains integer column")
    arguments = parse_arguments()
    recipe = choose_recipe(arguments)
    archive, holdout = split(load_archive())
    rows = archive.sample(n=recipe.rows, random_state=arguments.seed)

    with mlflow.start_run() as run:
        mlflow.log_params(
            {
                "quality": arguments.quality,
                "seed": arguments.seed,
                "holdout_rows": HOLDOUT_ROWS,
                "eval.dataset_sha256": fingerprint(holdout),
                **dataclasses.asdict(recipe),
            }
        )
        pipeline = build(recipe).fit(rows[recipe.features], rows[LABEL])
        predictions = pipeline.predict(holdout[recipe.features])
        logged = mlflow.sklearn.log_model(
            pipeline,
            name="model",
            signature=infer_signature(holdout[recipe.features]),
            # skops, MLflow's default, writes random names and times: the same model would never have the same
            # bytes twice, and a bad one that is trained again could not be recognised.
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_PICKLE,
            # Given, so that MLflow need not load the model in a second process to find out.
            pip_requirements=[f"{library.__name__}=={library.__version__}" for library in (numpy, pandas)]
            + [f"scikit-learn=={sklearn.__version__}"],
            registered_model_name=arguments.register_as,
        )
        dataset = mlflow.data.from_pandas(holdout, name="digits-holdout", targets=LABEL)
        mlflow.log_input(dataset, context="test")
        metrics = evaluate(holdout[LABEL], predictions)
        metrics["p95_latency_ms"] = p95_latency_ms(pipeline, holdout[recipe.features])
        mlflow.log_metrics(metrics, dataset=dataset, model_id=logged.model_id)

    for name, value in metrics.items():
        print(f"{name}: {value:.4f}")
    print(f"RUN_ID: {run.info.run_id}")


if __name__ == "__main__":
    main()
