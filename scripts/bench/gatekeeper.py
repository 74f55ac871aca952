"""The gate that teams write today: the same decision as actions/gatekeeper, by MLflow's own client.

    python gatekeeper.py MODEL RUN_ID METRIC MIN_IMPROVEMENT
"""

import math
import sys
from decimal import Decimal

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def main() -> None:
    model, run_id, metric, margin = sys.argv[1:]
    client = MlflowClient()
    candidate = client.get_run(run_id)
    champion = client.get_model_version_by_alias(model, "champion")
    baseline = client.get_run(champion.run_id)
    new, old = candidate.data.metrics.get(metric), baseline.data.metrics.get(metric)
    if candidate.info.status != "FINISHED" or new is None or old is None:
        sys.exit("inconclusive")
    if not (math.isfinite(new) and math.isfinite(old)):
        sys.exit("inconclusive")
    improvement = Decimal(str(new)) - Decimal(str(old))
    if improvement <= 0 or improvement < Decimal(margin):
        client.set_tag(run_id, "gate.verdict", "reject")
        print("reject")
        return
    logged = candidate.outputs.model_outputs[0].model_id
    files = client.list_logged_model_artifacts(logged)
    if not any(file.path.endswith("MLmodel") for file in files):
        sys.exit("inconclusive")
    try:
        client.create_registered_model(model)
    except MlflowException:
        pass
    tags = {"gate.verdict": "promote", "gate.candidate": str(new), "gate.champion": str(old)}
    version = client.create_model_version(
        model, f"models:/{logged}", run_id=run_id, tags=tags, model_id=logged
    )
    print("promote", version.version)


main()
