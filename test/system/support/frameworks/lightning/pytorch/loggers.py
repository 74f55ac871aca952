"""The MLflow calls of Lightning 2.6, lightning/pytorch/loggers/mlflow.py, in their order."""

import os
from time import time

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
from mlflow.tracking.context.registry import resolve_tags


class MLFlowLogger:
    def __init__(self, experiment_name="lightning_logs", tracking_uri=os.getenv("MLFLOW_TRACKING_URI"), tags=None):
        self._experiment_name = experiment_name
        self._tracking_uri = tracking_uri
        self._run_id = None
        self.tags = tags
        self._client = MlflowClient(tracking_uri)

    @property
    def experiment(self):
        if self._run_id is None:
            mlflow.set_tracking_uri(self._tracking_uri)
            experiment = self._client.get_experiment_by_name(self._experiment_name)
            id = experiment.experiment_id if experiment else self._client.create_experiment(name=self._experiment_name)
            self._run_id = self._client.create_run(experiment_id=id, tags=resolve_tags(self.tags)).info.run_id
        return self._client

    @property
    def run_id(self):
        _ = self.experiment
        return self._run_id

    def log_hyperparams(self, params):
        self.experiment.log_batch(run_id=self.run_id, params=[Param(k, str(v)[:250]) for k, v in params.items()])

    def log_metrics(self, metrics, step=None):
        now = int(time() * 1000)
        batch = [Metric(key=k, value=v, timestamp=now, step=step or 0) for k, v in metrics.items()]
        self.experiment.log_batch(run_id=self.run_id, metrics=batch)

    def finalize(self, status="success"):
        if self.experiment.get_run(self.run_id):
            self.experiment.set_terminated(self.run_id, "FINISHED" if status == "success" else "FAILED")
