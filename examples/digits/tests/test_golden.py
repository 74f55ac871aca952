"""Tests of golden.yml, the golden requests for the smoke test."""

import unittest

import yaml
from serving_process import ServingProcess
from training_runs import EXAMPLE, train_quality


def labels(model) -> tuple[list[int], list[int]]:
    """Returns the labels that the golden request expects, and those that the model predicts."""
    _, request = yaml.safe_load((EXAMPLE / "golden.yml").read_text())
    with ServingProcess(model.directory) as app:
        status, response = app.request(request["path"], request["body"])
    assert status == 200, response
    expected = request["expect"]["json"]["predictions"]
    return [each["label"] for each in expected], [each["label"] for each in response["predictions"]]


class Golden(unittest.TestCase):
    def test_a_good_model_passes(self):
        expected, predicted = labels(train_quality("baseline"))
        self.assertEqual(predicted, expected)

    def test_a_leaky_model_fails(self):
        expected, predicted = labels(train_quality("leaky"))
        self.assertNotEqual(predicted, expected)


if __name__ == "__main__":
    unittest.main()
