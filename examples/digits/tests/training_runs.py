"""Models that the tests share, each trained once by train.py itself into a store that is thrown away."""

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
    """One run of train.py, the run as MLflow has it, and the folder that a pod would mount."""

    run_id: str
    output: str
    run: object
    directory: Path


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of a script: only MLflow's store is kept, so that no module is found by accident."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return kept | more


def run_training(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs train.py as a user would; its artifacts land in the working directory."""
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "train.py"), *arguments],
        cwd=STORE,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
    )


def train(*arguments: str, **environment: str) -> TrainingRun:
    """Runs train.py, which must succeed, and fetches what it logged."""
    import mlflow

    done = run_training(*arguments, **environment)
    if done.returncode != 0:
        raise AssertionError(f"train.py {arguments} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    run_id = re.search(r"^RUN_ID: ([0-9a-f]{32})$", done.stdout, re.MULTILINE)[1]
    run = mlflow.MlflowClient().get_run(run_id)
    (output,) = run.outputs.model_outputs
    directory = mlflow.artifacts.download_artifacts(
        f"models:/{output.model_id}", dst_path=tempfile.mkdtemp(dir=STORE)
    )
    return TrainingRun(run_id, done.stdout, run, Path(directory))


@functools.cache
def train_quality(name: str) -> TrainingRun:
    """The model of a named recipe."""
    return train("--quality", name)
