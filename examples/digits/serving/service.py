"""The operations of the server, independent of HTTP."""

import time
import uuid
from dataclasses import asdict

from metrics import Metrics
from model import Classifier, InvalidRowsError, ModelIdentity, parse_rows
from window import PredictionCache, Window

PREDICTION_CACHE_SIZE = 10_000
MAX_ROWS = 1_000


class BadRequestError(ValueError):
    """The request is invalid. The message says how to fix it."""


class Service:
    """Serves one model version. It is ready after `start`."""

    def __init__(self, identity: ModelIdentity, window_size: int, trained_accuracy: float | None = None):
        self.identity = identity
        self._window = Window(window_size)
        self._predictions = PredictionCache(PREDICTION_CACHE_SIZE)
        self._classifier: Classifier | None = None
        self._stopping = False
        self.metrics = Metrics(
            identity.name, identity.version, identity.run_id, self._window, trained_accuracy
        )

    @property
    def status(self) -> str:
        """Returns loading, ok or stopping. The service is ready only if it is ok."""
        if self._stopping:
            return "stopping"
        return "ok" if self._classifier else "loading"

    def start(self, classifier: Classifier) -> None:
        """Makes the service ready with a loaded model."""
        self._classifier = classifier

    def stop(self) -> None:
        """Makes the service unready. It still answers requests."""
        self._stopping = True

    def health(self) -> dict:
        """Returns status and identity of the served model."""
        names = {"name": "model_name", "version": "model_version"}
        return {"status": self.status} | {
            names.get(key, key): value for key, value in asdict(self.identity).items()
        }

    def predict(self, body: dict) -> dict:
        """Returns a label and an id for each row of `{"rows": [[64 numbers], ...]}`."""
        started = time.perf_counter()
        try:
            rows = parse_rows(body.get("rows"))
        except InvalidRowsError as error:
            raise BadRequestError(str(error)) from error
        if len(rows) > MAX_ROWS:
            raise BadRequestError(f"at most {MAX_ROWS} rows in a request, got {len(rows)}")
        labels = self._classifier.predict(rows)
        predictions = [{"prediction_id": uuid.uuid4().hex, "label": label} for label in labels]
        for prediction in predictions:
            self._predictions.put(prediction["prediction_id"], prediction["label"])
        self.metrics.predictions.inc(len(labels))
        self.metrics.latency.observe(time.perf_counter() - started)
        return {"model_version": self.identity.version, "predictions": predictions}

    def feedback(self, body: dict) -> dict:
        """Adds feedback: `{"feedback": [{"prediction_id": id, "label": 3}, {"predicted": 8, "label": 3}]}`.

        A pod knows only its own last 10,000 ids. With several pods or late labels, send the predicted label
        instead. If one entry is invalid, none is added.
        """
        entries = body.get("feedback")
        if not isinstance(entries, list) or not entries:
            raise BadRequestError('"feedback" must be a non-empty list')
        if len(entries) > MAX_ROWS:
            raise BadRequestError(f"at most {MAX_ROWS} entries in a request, got {len(entries)}")
        for index, entry in enumerate(entries):
            _validate_feedback(index, entry)
        unknown = []
        for entry in entries:
            predicted = entry.get("predicted")
            if predicted is None:
                predicted = self._predictions.take(entry["prediction_id"])
            if predicted is None:
                unknown.append(entry["prediction_id"])
                continue
            self._window.add(predicted, entry["label"])
        self.metrics.feedback.inc(len(entries) - len(unknown))
        return {"accepted": len(entries) - len(unknown), "unknown": unknown}


def _validate_feedback(index: int, entry: object) -> None:
    if not isinstance(entry, dict) or not _is_digit(entry.get("label")):
        raise BadRequestError(f'feedback {index}: "label" must be a digit from 0 to 9')
    if _is_digit(entry.get("predicted")):
        return
    if "predicted" in entry or not isinstance(entry.get("prediction_id"), str):
        raise BadRequestError(f'feedback {index}: must have a "prediction_id" or a "predicted" digit')


def _is_digit(value: object) -> bool:
    return type(value) is int and 0 <= value <= 9
