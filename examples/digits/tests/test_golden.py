"""golden.yml: what helm-deploy's input `verify` asks a version before it is rolled out."""

import unittest

import yaml
from serving_process import ServingProcess
from training_runs import EXAMPLE, train_quality


def labels(model) -> tuple[list[int], list[int]]:
    """What the golden request expects, and what this model answers."""
    _, request = yaml.safe_load((EXAMPLE / "golden.yml").read_text())
    with ServingProcess(model.directory) as app:
        status, answer = app.request(request["path"], request["body"])
    assert status == 200, answer
    expected = request["expect"]["json"]["predictions"]
    return [one["label"] for one in expected], [one["label"] for one in answer["predictions"]]


class Golden(unittest.TestCase):
    def test_an_honest_model_answers_as_expected(self):
        expected, answered = labels(train_quality("baseline"))
        self.assertEqual(answered, expected)

    def test_one_that_leans_on_the_tray_does_not(self):
        expected, answered = labels(train_quality("leaky"))
        self.assertNotEqual(answered, expected)


if __name__ == "__main__":
    unittest.main()
