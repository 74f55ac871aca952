"""What the four paths do, apart from how they are spoken over HTTP."""

import time
import uuid
from dataclasses import asdict

from metrics import Metrics
from model import Classifier, InvalidRowsError, ModelIdentity, parse_rows
from window import PredictionCache, Window

PREDICTION_CACHE_SIZE = 10_000
MAX_ROWS = 1_000


class BadRequestError(ValueError):
    """The client's mistake, with a message that helps to fix it."""


class Service:
    """One model version. It is not ready until `start` has been given the loaded model."""

    def __init__(self, identity: ModelIdentity, window_size: int):
        self.identity = identity
        self._window = Window(window_size)
        self._predictions = PredictionCache(PREDICTION_CACHE_SIZE)
        self._classifier: Classifier | None = None
        self._stopping = False
        self.metrics = Metrics(identity.name, identity.version, identity.run_id, self._window)

    @property
    def status(self) -> str:
        """loading, ok or stopping; only ok may get traffic."""
        if self._stopping:
            return "stopping"
        return "ok" if self._classifier else "loading"

    def start(self, classifier: Classifier) -> None:
        """Ready from here on."""
        self._classifier = classifier

    def stop(self) -> None:
        """Still answers what arrives, and asks for no more."""
        self._stopping = True

    def health(self) -> dict:
        """What is served, as MLmodel says."""
        names = {"name": "model_name", "version": "model_version"}
        return {"status": self.status} | {
            names.get(key, key): value for key, value in asdict(self.identity).items()
        }

    def predict(self, body: dict) -> dict:
        """`{"rows": [[64 numbers], ...]}` to a label and an id per row."""
        began = time.perf_counter()
        try:
            rows = parse_rows(body.get("rows"))
        except InvalidRowsError as error:
            raise BadRequestError(str(error)) from error
        if len(rows) > MAX_ROWS:
            raise BadRequestError(f"at most {MAX_ROWS} rows in a request, got {len(rows)}")
        labels = self._classifier.predict(rows)
        answers = [{"prediction_id": uuid.uuid4().hex, "label": label} for label in labels]
        for answer in answers:
            self._predictions.put(answer["prediction_id"], answer["label"])
        self.metrics.predictions.inc(len(labels))
        self.metrics.latency.observe(time.perf_counter() - began)
        return {"model_version": self.identity.version, "predictions": answers}

    def feedback(self, body: dict) -> dict:
        """`{"feedback": [{"prediction_id": id, "label": 3}, {"predicted": 8, "label": 3}, ...]}`.

        An id is known to the pod that gave it, until 10,000 later ones. Where several pods serve, or the
        label comes late, send what was predicted. All or nothing: a bad entry leaves the window as it was.
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
        raise BadRequestError(f'feedback {index}: "label" must be the digit that the scan shows, 0 to 9')
    if _is_digit(entry.get("predicted")):
        return
    if "predicted" in entry or not isinstance(entry.get("prediction_id"), str):
        raise BadRequestError(f'feedback {index}: needs a "prediction_id" or the digit that was "predicted"')


def _is_digit(value: object) -> bool:
    return type(value) is int and 0 <= value <= 9
