"""Models for all tests. train.py trains each of them once, with a temporary MLflow store."""

import atexit
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent
STORE = Path(tempfile.mkdtemp(prefix="digits-tests-"))
atexit.register(shutil.rmtree, STORE, ignore_errors=True)

os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{STORE}/mlflow.db"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


@dataclass(frozen=True)
class TrainingRun:
    """A run of train.py with its output, its MLflow run and the downloaded model."""

    run_id: str
    output: str
    run: object
    directory: Path


def clean_environment(**more: str) -> dict[str, str]:
    """Returns the environment without PYTHON* variables, so that scripts import only their own modules."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return kept | more


def run_training(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs train.py. MLflow stores the artifacts in the working directory."""
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "train.py"), *arguments],
        cwd=STORE,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
    )


def train(*arguments: str, **environment: str) -> TrainingRun:
    """Runs train.py and downloads the model that it logged. Fails if the script fails."""
    import mlflow

    script = run_training(*arguments, **environment)
    if script.returncode != 0:
        output = script.stdout + script.stderr
        raise AssertionError(f"train.py {arguments} exited {script.returncode}:\n{output}")
    run_id = re.search(r"^RUN_ID: ([0-9a-f]{32})$", script.stdout, re.MULTILINE)[1]
    run = mlflow.MlflowClient().get_run(run_id)
    (output,) = run.outputs.model_outputs
    directory = mlflow.artifacts.download_artifacts(
        f"models:/{output.model_id}", dst_path=tempfile.mkdtemp(dir=STORE)
    )
    return TrainingRun(run_id, script.stdout, run, Path(directory))


@functools.cache
def train_quality(name: str) -> TrainingRun:
    """Returns the model of a named recipe."""
    return train("--quality", name)
