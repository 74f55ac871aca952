"""How good the last labelled predictions were: a window of fixed size, so memory does not grow."""

import math
import threading
from collections import Counter, OrderedDict, deque


class Window:
    """The last `size` pairs of predicted and actual label."""

    def __init__(self, size: int):
        self._pairs: deque[tuple[int, int]] = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, predicted: int, actual: int) -> None:
        """Takes one labelled prediction; the oldest falls out of a full window."""
        with self._lock:
            self._pairs.append((predicted, actual))

    def scores(self) -> tuple[int, float, float]:
        """Number of pairs, accuracy, and F1 averaged over the labels seen. NaN where there is no pair yet."""
        with self._lock:
            pairs = list(self._pairs)
        if not pairs:
            return 0, math.nan, math.nan
        predicted = Counter(pair[0] for pair in pairs)
        actual = Counter(pair[1] for pair in pairs)
        hits = Counter(pair[0] for pair in pairs if pair[0] == pair[1])
        labels = predicted.keys() | actual.keys()
        f1 = [2 * hits[label] / (predicted[label] + actual[label]) for label in labels]
        return len(pairs), hits.total() / len(pairs), sum(f1) / len(f1)


class PredictionCache:
    """Which label was given to the last `size` predictions, until their feedback arrives."""

    def __init__(self, size: int):
        self._labels: OrderedDict[str, int] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def put(self, prediction_id: str, label: int) -> None:
        """Remembers a prediction and forgets the oldest where there are too many."""
        with self._lock:
            self._labels[prediction_id] = label
            if len(self._labels) > self._size:
                self._labels.popitem(last=False)

    def take(self, prediction_id: str) -> int | None:
        """The label given then, once: a repeated feedback must not count twice. None when not known."""
        with self._lock:
            return self._labels.pop(prediction_id, None)
