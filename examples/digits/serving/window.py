"""Accuracy and F1 over a window of the last labelled predictions."""

import math
import threading
from collections import Counter, OrderedDict, deque


class Window:
    """Keeps the last `size` pairs of predicted and actual label."""

    def __init__(self, size: int):
        self._pairs: deque[tuple[int, int]] = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, predicted: int, actual: int) -> None:
        """Adds a pair. A full window drops the oldest."""
        with self._lock:
            self._pairs.append((predicted, actual))

    def scores(self) -> tuple[int, float, float]:
        """Returns the number of pairs, accuracy, and macro F1 over their labels. NaN without pairs."""
        with self._lock:
            pairs = list(self._pairs)
        if not pairs:
            return 0, math.nan, math.nan
        predicted = Counter(pair[0] for pair in pairs)
        actual = Counter(pair[1] for pair in pairs)
        correct = Counter(pair[0] for pair in pairs if pair[0] == pair[1])
        labels = predicted.keys() | actual.keys()
        f1 = [2 * correct[label] / (predicted[label] + actual[label]) for label in labels]
        return len(pairs), correct.total() / len(pairs), sum(f1) / len(f1)


class PredictionCache:
    """Keeps the labels of the last `size` predictions until their feedback arrives."""

    def __init__(self, size: int):
        self._labels: OrderedDict[str, int] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def put(self, prediction_id: str, label: int) -> None:
        """Adds a prediction. A full cache drops the oldest."""
        with self._lock:
            self._labels[prediction_id] = label
            if len(self._labels) > self._size:
                self._labels.popitem(last=False)

    def take(self, prediction_id: str) -> int | None:
        """Removes and returns a predicted label, so that its feedback counts once. None if it is unknown."""
        with self._lock:
            return self._labels.pop(prediction_id, None)
