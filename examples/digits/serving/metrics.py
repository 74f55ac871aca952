"""Metrics for Prometheus. Each series has the model version as a label, so that an alert can name it."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from window import Window

LABELS = ["model_name", "model_version"]
# Seconds, from the latency of one prediction to the timeout of a client.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

disable_created_metrics()


class Metrics:
    """The metrics of one served model version."""

    def __init__(
        self, name: str, version: str, run_id: str, window: Window, trained_accuracy: float | None = None
    ):
        self._registry = CollectorRegistry()
        identity = {"model_name": name, "model_version": version}

        def series(kind, title, text, **options):
            return kind(title, text, LABELS, registry=self._registry, **options).labels(**identity)

        series(
            Gauge,
            "model_accuracy",
            "Accuracy over the window of labelled predictions; NaN without predictions.",
        ).set_function(lambda: window.scores()[1])
        series(
            Gauge, "model_f1", "Macro F1 over the window of labelled predictions; NaN without predictions."
        ).set_function(lambda: window.scores()[2])
        series(Gauge, "model_window_samples", "Labelled predictions in the window.").set_function(
            lambda: window.scores()[0]
        )
        # Without the series, the alert on a drop cannot fire. A made-up value could hide one.
        if trained_accuracy is not None:
            series(
                Gauge, "model_trained_accuracy", "Accuracy of the version on the holdout of its training."
            ).set(trained_accuracy)
        self.latency = series(
            Histogram, "model_prediction_latency_seconds", "Duration of a /predict request.", buckets=BUCKETS
        )
        self.predictions = series(Counter, "model_predictions", "Rows predicted.")
        self.feedback = series(Counter, "model_feedback", "Labelled predictions received.")
        errors = Counter(
            "model_errors",
            "Failed requests to /predict and /feedback, by fault of client or server.",
            [*LABELS, "fault"],
            registry=self._registry,
        )
        # Create both series now: the rate of a missing series is empty, not zero.
        self.client_errors = errors.labels(**identity, fault="client")
        self.server_errors = errors.labels(**identity, fault="server")
        info = Gauge(
            "model_info", "The served model, always 1.", [*LABELS, "run_id"], registry=self._registry
        )
        info.labels(**identity, run_id=run_id).set(1)

    def render(self) -> bytes:
        """Returns the metrics in the text format of Prometheus."""
        return generate_latest(self._registry)
