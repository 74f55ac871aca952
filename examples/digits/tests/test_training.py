"""train.py, really run against a store of its own."""

import hashlib
import unittest

import mlflow
from training_runs import run_training, train, train_quality


def digests(model) -> dict[str, str]:
    """SHA-256 of every file of a model but MLmodel (ids and time of its run) and what the download adds."""
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in model.directory.iterdir()}
    return {name: files[name] for name in files.keys() - {"MLmodel", "registered_model_meta"}}


class Training(unittest.TestCase):
    def accuracy(self, name: str) -> float:
        return train_quality(name).run.data.metrics["accuracy"]

    def test_every_quality_is_where_its_name_says(self):
        self.assertLess(self.accuracy("worse"), self.accuracy("baseline") - 0.02)
        self.assertTrue(0.90 <= self.accuracy("baseline") <= 0.95)
        self.assertGreater(self.accuracy("better"), self.accuracy("baseline") + 0.02)
        # Both must pass a gate against the better one: what is wrong with them is not seen in a metric.
        self.assertGreater(self.accuracy("broken"), self.accuracy("better") + 0.01)
        self.assertGreater(self.accuracy("leaky"), self.accuracy("better") + 0.01)
        # Enough for a gate that compares two numbers; on the same rows, what it gained may as well be luck.
        self.assertTrue(0.005 < self.accuracy("alike") - self.accuracy("better") < 0.01)

    def test_the_run_is_finished_and_carries_what_a_gate_needs(self):
        run = train_quality("baseline").run
        self.assertEqual(run.info.status, "FINISHED")
        self.assertEqual(run.data.params["quality"], "baseline")
        self.assertEqual(run.data.params["holdout_rows"], "600")
        for metric in ("accuracy", "f1_macro", "precision_macro", "recall_macro", "recall_worst_digit"):
            self.assertTrue(0 < run.data.metrics[metric] < 1, metric)
        self.assertGreater(run.data.metrics["p95_latency_ms"], 0)

    def test_metrics_are_bound_to_the_model_and_to_the_holdout(self):
        logged = []
        for name in ("baseline", "leaky"):
            (output,) = train_quality(name).run.outputs.model_outputs
            logged.append(mlflow.MlflowClient().get_logged_model(output.model_id))
        for model in logged:
            self.assertEqual({metric.dataset_name for metric in model.metrics}, {"digits-holdout"})
        both = {metric.dataset_digest for model in logged for metric in model.metrics}
        self.assertEqual(len(both), 1, "every model is evaluated on the same holdout")

    def test_the_same_training_gives_the_same_bytes(self):
        first = digests(train_quality("baseline"))
        # Other threads and another hash seed: neither may reach the bytes.
        again = train("--quality", "baseline", OMP_NUM_THREADS="1", PYTHONHASHSEED="4711")
        self.assertNotEqual(again.run_id, train_quality("baseline").run_id)
        self.assertEqual(digests(again), first)
        self.assertEqual(set(first), {"model.pkl", "conda.yaml", "python_env.yaml", "requirements.txt"})

    def test_another_seed_gives_another_model(self):
        other = train("--quality", "baseline", "--seed", "2")
        self.assertNotEqual(digests(other)["model.pkl"], digests(train_quality("baseline"))["model.pkl"])

    def test_a_hyperparameter_overrides_the_recipe(self):
        model = train("--quality", "baseline", "--rows", "60", "--c", "2.5", "--gamma", "0.002")
        params = model.run.data.params
        self.assertEqual((params["rows"], params["c"], params["gamma"]), ("60", "2.5", "0.002"))

    def test_the_broken_model_names_a_module_that_is_not_logged_with_it(self):
        directory = train_quality("broken").directory
        self.assertEqual(list(directory.rglob("*.py")), [])
        self.assertIn(b"centring", (directory / "model.pkl").read_bytes())

    def test_registers_a_version_when_asked(self):
        model = train("--register-as", "digits")
        client = mlflow.MlflowClient()
        (version,) = client.search_model_versions("name = 'digits'")
        self.assertEqual((version.version, version.run_id), (1, model.run_id))
        self.assertRegex(version.source, r"^models:/m-")

    def test_the_last_line_is_the_run_id(self):
        model = train_quality("worse")
        self.assertEqual(model.output.splitlines()[-1], f"RUN_ID: {model.run_id}")

    def test_experiment_comes_from_the_environment(self):
        model = train("--quality", "worse", MLFLOW_EXPERIMENT_NAME="elsewhere")
        experiment = mlflow.get_experiment_by_name("elsewhere")
        self.assertEqual(model.run.info.experiment_id, experiment.experiment_id)

    def test_an_impossible_training_fails(self):
        self.assertEqual(run_training("--quality", "perfect").returncode, 2)
        done = run_training("--rows", "1198")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--rows", done.stderr)
        self.assertNotIn("RUN_ID", done.stdout)


if __name__ == "__main__":
    unittest.main()
