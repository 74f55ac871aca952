"""Labelled feedback and what /metrics makes of it, on models that train.py made."""

import math
import subprocess
import sys
import unittest

from serving_process import ServingProcess
from training_runs import EXAMPLE, clean_environment, train_quality

BLANK = [0] * 64


class Feedback(unittest.TestCase):
    def setUp(self):
        self.app = self.enterContext(ServingProcess(train_quality("baseline").directory, FEEDBACK_WINDOW="4"))

    def send(self, *entries: dict) -> tuple[int, dict]:
        return self.app.request("/feedback", {"feedback": entries})

    def read_scores(self) -> tuple[float, float]:
        named = {"model_name": "digits", "model_version": "1"}
        return self.app.metric("model_window_samples", **named), self.app.metric("model_accuracy", **named)

    def test_accuracy_is_unknown_before_and_that_of_the_window_after(self):
        samples, accuracy = self.read_scores()
        self.assertEqual(samples, 0)
        self.assertTrue(math.isnan(accuracy))
        self.assertTrue(math.isnan(self.app.metric("model_f1")))
        self.send(*[{"predicted": 3, "label": 3}] * 3, {"predicted": 5, "label": 3})
        self.assertEqual(self.read_scores(), (4, 0.75))
        self.send(*[{"predicted": 1, "label": 2}] * 3)
        self.assertEqual(self.read_scores(), (4, 0.0), "the window holds the last four only")
        self.assertEqual(self.app.metric("model_feedback_total"), 7)

    def test_an_id_counts_once(self):
        _, answer = self.app.request("/predict", {"rows": [BLANK]})
        (prediction,) = answer["predictions"]
        entry = {"prediction_id": prediction["prediction_id"], "label": prediction["label"]}
        self.assertEqual(self.send(entry), (200, {"accepted": 1, "unknown": []}))
        self.assertEqual(self.read_scores(), (1, 1.0))
        self.assertEqual(self.send(entry)[1], {"accepted": 0, "unknown": [entry["prediction_id"]]})
        self.assertEqual(self.read_scores(), (1, 1.0))

    def test_a_bad_entry_is_named_and_nothing_is_taken(self):
        good = {"predicted": 3, "label": 3}
        for bad in (
            {"label": 3},
            {"predicted": 3},
            {"predicted": 3, "label": 10},
            {"predicted": "3", "label": 3},
        ):
            status, answer = self.send(good, bad)
            self.assertEqual(status, 400, bad)
            self.assertIn("feedback 1", answer["error"])
        self.assertEqual(self.read_scores()[0], 0)


class Production(unittest.TestCase):
    def measure_production_accuracy(self, name: str) -> float:
        """Accuracy that /metrics shows when the holdout's scans arrive without their trays."""
        with ServingProcess(train_quality(name).directory, FEEDBACK_WINDOW="600") as app:
            sender = [sys.executable, str(EXAMPLE / "traffic.py"), f"http://127.0.0.1:{app.port}"]
            subprocess.run(sender, env=clean_environment(), check=True, capture_output=True, timeout=60)
            self.assertEqual(app.metric("model_window_samples"), 600)
            self.log = app.log
            return app.metric("model_accuracy")

    def test_an_honest_model_is_as_good_as_its_run_said(self):
        said = train_quality("better").run.data.metrics["accuracy"]
        self.assertAlmostEqual(self.measure_production_accuracy("better"), said, places=9)

    def test_a_leaky_model_is_bad_where_the_leak_is_missing(self):
        self.assertGreater(train_quality("leaky").run.data.metrics["accuracy"], 0.98)
        self.assertLess(self.measure_production_accuracy("leaky"), 0.6)
        self.assertIn("trained on columns that no request brings: tray", self.log)


if __name__ == "__main__":
    unittest.main()
