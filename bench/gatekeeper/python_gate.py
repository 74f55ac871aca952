"""A careful gate in Python: the job of actions/gatekeeper with logged metrics, through MLflow's client.

    python python_gate.py MODEL RUN_ID METRIC MIN_IMPROVEMENT

It finds the champion by its alias, reads both runs, and rejects runs that are not FINISHED, deleted or without a valid
metric. It searches the model's versions for quarantined ones and for one of the same run, downloads the model and
hashes its files, and decides with exact decimals. It creates the version with the version tags, logs the report to the
run, and checks that exactly one version exists and is ready. The exit code is 0 only for a promotion.

It does not read a policy file, compare on rows, run self-tests, evaluate a first model, count or record rejections,
recover from a lost response (the client repeats a creation), or write a job summary.
"""

import hashlib
import math
import pathlib
import sys
import tempfile
from datetime import datetime, timezone
from decimal import Decimal

import mlflow
from mlflow import MlflowClient

TAG = "retrain."


def main() -> None:
    model, run_id, metric, margin = sys.argv[1:]
    client = MlflowClient()
    champion = client.get_model_version_by_alias(model, "champion")
    candidate, baseline = client.get_run(run_id), client.get_run(champion.run_id)
    versions = client.search_model_versions(f"name = '{model}'")

    for who, run in (("candidate", candidate), ("champion", baseline)):
        value = run.data.metrics.get(metric)
        if run.info.status != "FINISHED" or run.info.lifecycle_stage != "active":
            sys.exit(f"inconclusive: the run of the {who} is not finished, or deleted")
        # MLflow stores an infinite value as the largest double.
        if value is None or not math.isfinite(value) or abs(value) >= 1.797e308:
            sys.exit(f"inconclusive: the {who} has no usable {metric}")
    if any(version.run_id == run_id for version in versions):
        sys.exit("inconclusive: the run is a version already")

    models = {output.model_id for output in candidate.outputs.model_outputs}
    if len(models) != 1:
        sys.exit("inconclusive: the run logged no model, or several")
    source = f"models:/{models.pop()}"
    digest = compute_digest(source)
    quarantined = [version for version in versions if version.tags.get(TAG + "quarantined")]
    if digest in {version.tags.get(TAG + "artifact-digest") for version in quarantined}:
        sys.exit("reject: these files are in quarantine")

    new, old = (Decimal(str(run.data.metrics[metric])) for run in (candidate, baseline))
    if new - old <= 0 or new - old < Decimal(margin):
        sys.exit(f"reject: {metric} went from {old} to {new}")

    tags = {
        "verdict": "promote",
        "reason": f"{metric} went from {old} to {new}",
        "judged-at": datetime.now(timezone.utc).isoformat(),
        "policy-hash": hashlib.sha256(f"{metric} {margin}".encode()).hexdigest(),
        "artifact-digest": digest,
        "candidate-value": str(new),
        "champion-value": str(old),
        "champion-version": str(champion.version),
    }
    created = client.create_model_version(
        model,
        source,
        run_id=run_id,
        tags={TAG + key: value for key, value in tags.items()},
        model_id=source.removeprefix("models:/"),
        await_creation_for=0,
    )
    client.log_dict(run_id, {"model": model, "version": created.version, **tags}, "retrain/gate-report.json")
    registered = client.search_model_versions(f"name = '{model}' and run_id = '{run_id}'")
    if [(version.version, version.status) for version in registered] != [(created.version, "READY")]:
        sys.exit("inconclusive: another gate registered the same run, or the version is not ready")
    print("promote", created.version)


def compute_digest(source: str) -> str:
    """Return the sha256 over the path and the sha256 of each file."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=folder))
        if not (root / "MLmodel").is_file():
            sys.exit("inconclusive: there is no MLmodel")
        files = sorted(path for path in root.rglob("*") if path.is_file())
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files
        ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


main()
