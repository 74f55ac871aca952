"""Tests of holdout.csv and score.py. They run score.py like the gate."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import mlflow
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
from training_runs import EXAMPLE, STORE, clean_environment, train_quality

sys.path.insert(0, str(EXAMPLE))

from data import LABEL, PIXELS, load_archive, split  # noqa: E402
from holdout import FILE, build_labels  # noqa: E402


def score(model: Path) -> subprocess.CompletedProcess:
    """Runs score.py without an MLflow server."""
    environment = clean_environment(MODEL_URI=str(model), PREDICTIONS_PATH=str(STORE / "predictions"))
    del environment["MLFLOW_TRACKING_URI"]
    (STORE / "predictions").unlink(missing_ok=True)
    command = [sys.executable, "score.py"]
    return subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, timeout=120)


def predictions(model: Path) -> pd.DataFrame:
    """Returns the predictions of score.py by id. Fails if the script fails."""
    script = score(model)
    if script.returncode != 0:
        raise AssertionError(f"score.py exited {script.returncode}:\n{script.stdout}{script.stderr}")
    return pd.read_csv(STORE / "predictions", index_col="id")


class Holdout(unittest.TestCase):
    def test_the_committed_file_equals_the_output_of_the_script(self):
        _, holdout = split(load_archive())
        self.assertEqual(FILE.read_text(), build_labels(holdout).to_csv(lineterminator="\n"))

    def test_the_file_has_only_ids_labels_and_slices(self):
        table = pd.read_csv(FILE)
        self.assertEqual(list(table.columns), ["id", "label", "ink"])
        self.assertEqual((len(table), table.id.nunique()), (600, 600))
        self.assertTrue(all(table.ink.value_counts()[["thin", "heavy"]] > 290))

    def test_its_labels_are_those_of_the_archive(self):
        table = pd.read_csv(FILE, index_col="id")
        self.assertTrue(table.label.equals(load_archive()[LABEL].loc[table.index]))


class Scoring(unittest.TestCase):
    def test_the_predictions_have_the_accuracy_of_the_run(self):
        labels = pd.read_csv(FILE, index_col="id").label
        # `broken` loads here, because its module centring.py is in this folder.
        for name in ("baseline", "leaky", "broken"):
            model = train_quality(name)
            table = predictions(model.directory)
            self.assertEqual(list(table.columns), ["prediction"], name)
            self.assertEqual(sorted(table.index), sorted(labels.index), name)
            accuracy = (table.prediction == labels.loc[table.index]).mean()
            self.assertAlmostEqual(accuracy, model.run.data.metrics["accuracy"], places=12, msg=name)

    def test_probabilities_are_written_if_the_model_has_them(self):
        archive, _ = split(load_archive())
        model = DecisionTreeClassifier(random_state=1).fit(archive[PIXELS], archive[LABEL])
        folder = Path(tempfile.mkdtemp(dir=STORE)) / "model"
        mlflow.sklearn.save_model(model, folder, serialization_format="pickle", pip_requirements=[])
        table = predictions(folder)
        digits = [f"proba_{digit}" for digit in range(10)]
        self.assertEqual(list(table.columns), ["prediction", *digits])
        likeliest = table[digits].idxmax(axis=1).str.removeprefix("proba_").astype(int)
        self.assertTrue((likeliest == table.prediction).all())
        self.assertTrue(((table[digits].sum(axis=1) - 1).abs() < 1e-12).all())

    def test_a_folder_without_a_model_fails_and_writes_no_predictions(self):
        self.assertNotEqual(score(Path(tempfile.mkdtemp(dir=STORE))).returncode, 0)
        self.assertFalse((STORE / "predictions").exists())


if __name__ == "__main__":
    unittest.main()
