"""The rolling window, against scikit-learn's own scores."""

import math
import random
import sys
import unittest

from sklearn.metrics import accuracy_score, f1_score
from training_runs import EXAMPLE

sys.path.insert(0, str(EXAMPLE / "serving"))
from window import PredictionCache, Window  # noqa: E402


class Scores(unittest.TestCase):
    def test_agree_with_scikit_learn_on_the_last_pairs(self):
        draw = random.Random(5)
        for size in (1, 2, 7, 100):
            window = Window(size)
            pairs = [(draw.randrange(10), draw.randrange(10)) for _ in range(150)]
            pairs += [(label, label) for label in range(5)]
            for predicted, actual in pairs:
                window.add(predicted, actual)
            predicted, actual = zip(*pairs[-size:], strict=True)
            count, accuracy, f1 = window.scores()
            self.assertEqual(count, size)
            self.assertAlmostEqual(accuracy, accuracy_score(actual, predicted))
            self.assertAlmostEqual(f1, f1_score(actual, predicted, average="macro", zero_division=0))

    def test_nothing_is_known_of_an_empty_window(self):
        count, accuracy, f1 = Window(3).scores()
        self.assertEqual(count, 0)
        self.assertTrue(math.isnan(accuracy) and math.isnan(f1))


class Memory(unittest.TestCase):
    def test_forgets_the_oldest_prediction(self):
        remembered = PredictionCache(2)
        for index, name in enumerate("abc"):
            remembered.put(name, index)
        self.assertEqual([remembered.take(name) for name in "abca"], [None, 1, 2, None])


if __name__ == "__main__":
    unittest.main()
