"""What Prometheus reads. Every series names the model version, so that an alert can say whom it means."""

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
# Seconds. Around the few milliseconds that one prediction takes, up to a client's timeout.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

disable_created_metrics()


class Metrics:
    """The metrics of one served model version."""

    def __init__(self, name: str, version: str, run_id: str, window: Window):
        self._registry = CollectorRegistry()
        identity = {"model_name": name, "model_version": version}

        def series(kind, title, text, **options):
            return kind(title, text, LABELS, registry=self._registry, **options).labels(**identity)

        series(
            Gauge,
            "model_accuracy",
            "Accuracy over the window of labelled predictions; NaN while it is empty.",
        ).set_function(lambda: window.scores()[1])
        series(
            Gauge, "model_f1", "Macro F1 over the window of labelled predictions; NaN while it is empty."
        ).set_function(lambda: window.scores()[2])
        series(
            Gauge, "model_window_samples", "Labelled predictions in the window that accuracy and F1 rest on."
        ).set_function(lambda: window.scores()[0])
        self.latency = series(
            Histogram, "model_prediction_latency_seconds", "Time to answer /predict.", buckets=BUCKETS
        )
        self.predictions = series(Counter, "model_predictions", "Rows predicted.")
        self.feedback = series(Counter, "model_feedback", "Labelled predictions received.")
        errors = Counter(
            "model_errors",
            "Requests to /predict and /feedback that failed, by whose fault it was.",
            [*LABELS, "fault"],
            registry=self._registry,
        )
        # Both exist from the start: a rate over a series that does not exist yet is empty, not zero.
        self.client_errors = errors.labels(**identity, fault="client")
        self.server_errors = errors.labels(**identity, fault="server")
        info = Gauge(
            "model_info", "The model that is served, always 1.", [*LABELS, "run_id"], registry=self._registry
        )
        info.labels(**identity, run_id=run_id).set(1)

    def render(self) -> bytes:
        """The text format of Prometheus."""
        return generate_latest(self._registry)
