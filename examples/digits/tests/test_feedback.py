"""Tests of labelled feedback and its metrics, with models of train.py."""

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
        labels = {"model_name": "digits", "model_version": "1"}
        return self.app.metric("model_window_samples", **labels), self.app.metric("model_accuracy", **labels)

    def test_accuracy_is_nan_until_feedback_arrives_and_covers_the_window(self):
        samples, accuracy = self.read_scores()
        self.assertEqual(samples, 0)
        self.assertTrue(math.isnan(accuracy))
        self.assertTrue(math.isnan(self.app.metric("model_f1")))
        self.send(*[{"predicted": 3, "label": 3}] * 3, {"predicted": 5, "label": 3})
        self.assertEqual(self.read_scores(), (4, 0.75))
        self.send(*[{"predicted": 1, "label": 2}] * 3)
        self.assertEqual(self.read_scores(), (4, 0.0), "the window contains only the last four")
        self.assertEqual(self.app.metric("model_feedback_total"), 7)

    def test_feedback_with_an_id_counts_once(self):
        _, response = self.app.request("/predict", {"rows": [BLANK]})
        (prediction,) = response["predictions"]
        entry = {"prediction_id": prediction["prediction_id"], "label": prediction["label"]}
        self.assertEqual(self.send(entry), (200, {"accepted": 1, "unknown": []}))
        self.assertEqual(self.read_scores(), (1, 1.0))
        self.assertEqual(self.send(entry)[1], {"accepted": 0, "unknown": [entry["prediction_id"]]})
        self.assertEqual(self.read_scores(), (1, 1.0))

    def test_an_invalid_entry_is_reported_and_no_entry_is_added(self):
        valid = {"predicted": 3, "label": 3}
        for invalid in (
            {"label": 3},
            {"predicted": 3},
            {"predicted": 3, "label": 10},
            {"predicted": "3", "label": 3},
        ):
            status, response = self.send(valid, invalid)
            self.assertEqual(status, 400, invalid)
            self.assertIn("feedback 1", response["error"])
        self.assertEqual(self.read_scores()[0], 0)


class Production(unittest.TestCase):
    def measure_production_accuracy(self, name: str) -> float:
        """Sends the holdout with traffic.py and returns the accuracy in /metrics."""
        with ServingProcess(train_quality(name).directory, FEEDBACK_WINDOW="600") as app:
            sender = [sys.executable, str(EXAMPLE / "traffic.py"), f"http://127.0.0.1:{app.port}"]
            subprocess.run(sender, env=clean_environment(), check=True, capture_output=True, timeout=60)
            self.assertEqual(app.metric("model_window_samples"), 600)
            self.log = app.log
            return app.metric("model_accuracy")

    def test_a_good_model_has_the_accuracy_of_its_run(self):
        logged = train_quality("better").run.data.metrics["accuracy"]
        self.assertAlmostEqual(self.measure_production_accuracy("better"), logged, places=9)

    def test_a_leaky_model_has_a_low_accuracy_in_production(self):
        self.assertGreater(train_quality("leaky").run.data.metrics["accuracy"], 0.98)
        self.assertLess(self.measure_production_accuracy("leaky"), 0.6)
        self.assertIn("trained on columns that requests do not contain: archive_folder", self.log)


if __name__ == "__main__":
    unittest.main()
