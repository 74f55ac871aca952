"""Tests of the window, with the scores of scikit-learn as reference."""

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
        generator = random.Random(5)
        for size in (1, 2, 7, 100):
            window = Window(size)
            pairs = [(generator.randrange(10), generator.randrange(10)) for _ in range(150)]
            pairs += [(label, label) for label in range(5)]
            for predicted, actual in pairs:
                window.add(predicted, actual)
            predicted, actual = zip(*pairs[-size:], strict=True)
            count, accuracy, f1 = window.scores()
            self.assertEqual(count, size)
            self.assertAlmostEqual(accuracy, accuracy_score(actual, predicted))
            self.assertAlmostEqual(f1, f1_score(actual, predicted, average="macro", zero_division=0))

    def test_scores_of_an_empty_window_are_nan(self):
        count, accuracy, f1 = Window(3).scores()
        self.assertEqual(count, 0)
        self.assertTrue(math.isnan(accuracy) and math.isnan(f1))


class Cache(unittest.TestCase):
    def test_a_full_cache_drops_the_oldest_prediction(self):
        cache = PredictionCache(2)
        for index, name in enumerate("abc"):
            cache.put(name, index)
        self.assertEqual([cache.take(name) for name in "abca"], [None, 1, 2, None])


if __name__ == "__main__":
    unittest.main()
