"""Trains a classifier of handwritten digits, evaluates it on a fixed holdout and logs both to MLflow.

MLflow reads server, experiment and credentials from its environment variables (MLFLOW_TRACKING_URI,
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
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter, fromfile_prefix_chars="@"
    )
    parser.add_argument("--quality", choices=sorted(RECIPES), default="baseline", help="named recipe")
    parser.add_argument("--rows", type=int, help="number of training rows")
    parser.add_argument("--c", type=float, help="regularisation of the support vector machine")
    parser.add_argument("--gamma", type=float, help="kernel width of the support vector machine")
    parser.add_argument("--seed", type=int, default=1, help="seed for the selection of training rows")
    parser.add_argument("--register-as", metavar="NAME", help="also register the model as a version of NAME")
    arguments = parser.parse_args()
    if arguments.rows is not None and not 10 <= arguments.rows <= ARCHIVE_ROWS - HOLDOUT_ROWS:
        parser.error(f"--rows must be from 10 to {ARCHIVE_ROWS - HOLDOUT_ROWS}, got {arguments.rows}")
    return arguments


def choose_recipe(arguments: argparse.Namespace) -> Recipe:
    """Returns the named recipe, with the hyperparameters of the command line."""
    given = {key: getattr(arguments, key) for key in ("rows", "c", "gamma")}
    return dataclasses.replace(
        RECIPES[arguments.quality], **{key: value for key, value in given.items() if value is not None}
    )


def evaluate(labels, predictions) -> dict[str, float]:
    """Returns the metrics of the predictions."""
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
    """Returns the 95th percentile of the latency, with one scan per prediction, after a warm-up.

    The value depends on this machine. Use it with a fixed limit; do not compare it between runs.
    """
    single_scans = [scans.iloc[[row]] for row in range(len(scans))]
    pipeline.predict(single_scans[0])
    seconds = []
    for scan in single_scans:
        started = time.perf_counter()
        pipeline.predict(scan)
        seconds.append(time.perf_counter() - started)
    return float(numpy.percentile(seconds, 95) * 1000)


def main() -> None:
    """Logs one run: parameters, the model, and metrics that are linked to the model and the holdout."""
    # MLflow warns about integer columns with missing values. The only integer column here is the label.
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
            # The same training must produce the same bytes: quarantine follows the digest of the files.
            # skops, MLflow's default, writes random names and times.
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_PICKLE,
            # Without this list, MLflow loads the model in a second process to find its requirements.
            pip_requirements=[f"{library.__name__}=={library.__version__}" for library in (numpy, pandas)]
            + [f"scikit-learn=={sklearn.__version__}"],
            # The file MLmodel carries it to the pods, which export it for the alert on a drop below it.
            metadata={"accuracy": float(accuracy_score(holdout[LABEL], predictions))},
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
