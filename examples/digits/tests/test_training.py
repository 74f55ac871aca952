"""Tests of train.py with a temporary MLflow store."""

import hashlib
import unittest

import mlflow
from training_runs import run_training, train, train_quality


def digests(model) -> dict[str, str]:
    """Returns the SHA-256 of each model file, without MLmodel (run id) and the file of the download."""
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in model.directory.iterdir()}
    return {name: files[name] for name in files.keys() - {"MLmodel", "registered_model_meta"}}


class Training(unittest.TestCase):
    def accuracy(self, name: str) -> float:
        return train_quality(name).run.data.metrics["accuracy"]

    def test_the_qualities_have_the_intended_accuracies(self):
        self.assertLess(self.accuracy("worse"), self.accuracy("baseline") - 0.02)
        self.assertTrue(0.90 <= self.accuracy("baseline") <= 0.95)
        self.assertGreater(self.accuracy("better"), self.accuracy("baseline") + 0.02)
        # Both must pass a gate against `better`, because their defects do not show in a metric.
        self.assertGreater(self.accuracy("broken"), self.accuracy("better") + 0.01)
        self.assertGreater(self.accuracy("leaky"), self.accuracy("better") + 0.01)
        # Enough for a gate that compares two numbers, but not significant on the same rows.
        self.assertTrue(0.005 < self.accuracy("alike") - self.accuracy("better") < 0.01)

    def test_the_run_is_finished_and_has_the_data_for_the_gate(self):
        run = train_quality("baseline").run
        self.assertEqual(run.info.status, "FINISHED")
        self.assertEqual(run.data.params["quality"], "baseline")
        self.assertEqual(run.data.params["holdout_rows"], "600")
        for metric in ("accuracy", "f1_macro", "precision_macro", "recall_macro", "recall_worst_digit"):
            self.assertTrue(0 < run.data.metrics[metric] < 1, metric)
        self.assertGreater(run.data.metrics["p95_latency_ms"], 0)

    def test_metrics_are_linked_to_the_model_and_the_holdout(self):
        logged = []
        for name in ("baseline", "leaky"):
            (output,) = train_quality(name).run.outputs.model_outputs
            logged.append(mlflow.MlflowClient().get_logged_model(output.model_id))
        for model in logged:
            self.assertEqual({metric.dataset_name for metric in model.metrics}, {"digits-holdout"})
        both = {metric.dataset_digest for model in logged for metric in model.metrics}
        self.assertEqual(len(both), 1, "every model is evaluated on the same holdout")

    def test_the_same_training_produces_the_same_bytes(self):
        first = digests(train_quality("baseline"))
        # The number of threads and the hash seed must not change the bytes.
        again = train("--quality", "baseline", OMP_NUM_THREADS="1", PYTHONHASHSEED="4711")
        self.assertNotEqual(again.run_id, train_quality("baseline").run_id)
        self.assertEqual(digests(again), first)
        self.assertEqual(set(first), {"model.pkl", "conda.yaml", "python_env.yaml", "requirements.txt"})

    def test_another_seed_produces_another_model(self):
        other = train("--quality", "baseline", "--seed", "2")
        self.assertNotEqual(digests(other)["model.pkl"], digests(train_quality("baseline"))["model.pkl"])

    def test_a_hyperparameter_overrides_the_recipe(self):
        model = train("--quality", "baseline", "--rows", "60", "--c", "2.5", "--gamma", "0.002")
        params = model.run.data.params
        self.assertEqual((params["rows"], params["c"], params["gamma"]), ("60", "2.5", "0.002"))

    def test_the_broken_model_needs_a_module_that_is_not_logged(self):
        directory = train_quality("broken").directory
        self.assertEqual(list(directory.rglob("*.py")), [])
        self.assertIn(b"centring", (directory / "model.pkl").read_bytes())

    def test_register_as_registers_a_version(self):
        model = train("--register-as", "digits")
        client = mlflow.MlflowClient()
        (version,) = client.search_model_versions("name = 'digits'")
        self.assertEqual((version.version, version.run_id), (1, model.run_id))
        self.assertRegex(version.source, r"^models:/m-")

    def test_the_last_line_is_the_run_id(self):
        model = train_quality("worse")
        self.assertEqual(model.output.splitlines()[-1], f"RUN_ID: {model.run_id}")

    def test_the_experiment_comes_from_the_environment(self):
        model = train("--quality", "worse", MLFLOW_EXPERIMENT_NAME="elsewhere")
        experiment = mlflow.get_experiment_by_name("elsewhere")
        self.assertEqual(model.run.info.experiment_id, experiment.experiment_id)

    def test_invalid_arguments_fail(self):
        self.assertEqual(run_training("--quality", "perfect").returncode, 2)
        training = run_training("--rows", "1198")
        self.assertEqual(training.returncode, 2)
        self.assertIn("--rows", training.stderr)
        self.assertNotIn("RUN_ID", training.stdout)


if __name__ == "__main__":
    unittest.main()
