"""Tests of app.py as a process, with models of train.py."""

import math
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from serving_process import TIMEOUT_SECONDS, ServingProcess, run_until_exit
from training_runs import EXAMPLE, clean_environment, train_quality

sys.path.insert(0, str(EXAMPLE))
from data import LABEL, PIXELS, load_archive, split  # noqa: E402

BLANK = [0] * 64


def holdout() -> tuple[list, list]:
    """Returns the scans of the holdout without the leaked column, and their labels."""
    _, rows = split(load_archive())
    return rows[PIXELS].to_numpy().tolist(), rows[LABEL].tolist()


class Starting(unittest.TestCase):
    def test_health_returns_the_loaded_version_and_its_run(self):
        model = train_quality("baseline")
        with ServingProcess(model.directory, MODEL_VERSION="17") as app:
            status, health = app.request("/health")
        (output,) = model.run.outputs.model_outputs
        self.assertEqual(status, 200)
        self.assertEqual(
            health,
            {
                "status": "ok",
                "model_name": "digits",
                "model_version": "17",
                "run_id": model.run_id,
                "model_id": output.model_id,
            },
        )

    def test_an_empty_folder_exits_with_code_2(self):
        with tempfile.TemporaryDirectory() as empty:
            code, log = run_until_exit(Path(empty), MODEL_VERSION="3")
            self.assertEqual(code, 2)
            self.assertEqual(log, f"digits: {empty} is empty: was version 3 of digits downloaded?\n")
            (Path(empty) / "model.pkl").touch()
            code, log = run_until_exit(Path(empty))
            self.assertEqual((code, log.count("\n")), (2, 1))
            self.assertIn("has no MLmodel file", log)

    def test_a_folder_with_another_version_exits_with_code_2(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "MLmodel").write_text("run_id: abc\n")
            (Path(folder) / "registered_model_meta").write_text("model_name: digits\nmodel_version: '1'\n")
            code, log = run_until_exit(Path(folder), MODEL_VERSION="2")
        self.assertEqual(code, 2)
        self.assertIn("contains version 1 of digits, not version 2 of digits", log)

    def test_a_model_that_cannot_be_loaded_exits_with_code_3_and_one_line(self):
        model = train_quality("broken")
        code, log = run_until_exit(model.directory, MODEL_VERSION="4")
        self.assertEqual(code, 3)
        self.assertEqual(
            log,
            f"digits: version 4 of digits (run {model.run_id}) cannot be loaded: "
            "ModuleNotFoundError: No module named 'centring'\n",
        )

    def test_a_damaged_model_exits_with_code_3_and_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in train_quality("baseline").directory.iterdir():
                content = file.read_bytes()
                (Path(folder) / file.name).write_bytes(content[:1000] if file.suffix == ".pkl" else content)
            code, log = run_until_exit(Path(folder))
        self.assertEqual((code, log.count("\n")), (3, 1), log)

    def test_a_missing_or_invalid_setting_is_reported(self):
        for name in ("MODEL_NAME", "MODEL_VERSION", "MODEL_DIR"):
            code, log = run_until_exit(train_quality("baseline").directory, **{name: ""})
            self.assertEqual(
                (code, log), (2, f"digits: the environment variable {name} is missing or empty\n")
            )
        code, log = run_until_exit(train_quality("baseline").directory, FEEDBACK_WINDOW="0")
        self.assertEqual(code, 2)
        self.assertIn("FEEDBACK_WINDOW must be a whole number of at least 1", log)

    def test_requests_get_503_while_the_model_loads(self):
        # Starts the server without a model, to avoid the race of a real start.
        script = (
            "import json, sys, urllib.request, urllib.error\n"
            "from server import listen; from service import Service; from model import ModelIdentity\n"
            "server = listen(Service(ModelIdentity('digits', '1', 'r', 'm'), 10), 0)\n"
            "base = f'http://127.0.0.1:{server.server_address[1]}'\n"
            "for path, data in (('/health', None), ('/predict', b'{}')):\n"
            "    try: urllib.request.urlopen(base + path, data)\n"
            "    except urllib.error.HTTPError as error: print(error.code, json.load(error))\n"
            "server.shutdown()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=EXAMPLE / "serving",
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        lines = done.stdout.splitlines()
        self.assertEqual([line[:3] for line in lines], ["503", "503"], done.stderr)
        self.assertIn("'status': 'loading'", lines[0])


class Answering(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = cls.enterClassContext(
            ServingProcess(train_quality("baseline").directory, FEEDBACK_WINDOW="50")
        )

    def test_predictions_have_the_accuracy_of_the_run(self):
        rows, labels = holdout()
        status, response = self.app.request("/predict", {"rows": rows})
        self.assertEqual((status, response["model_version"]), (200, "1"))
        predicted = [each["label"] for each in response["predictions"]]
        correct = sum(digit == label for digit, label in zip(predicted, labels, strict=True))
        logged = train_quality("baseline").run.data.metrics["accuracy"]
        self.assertAlmostEqual(correct / len(rows), logged, places=9)
        self.assertEqual(self.app.metric("model_trained_accuracy", model_version="1"), logged)

    def test_an_unknown_accuracy_of_the_training_is_no_series(self):
        script = (
            "import sys; from pathlib import Path\n"
            "from model import read_trained_accuracy\n"
            "from metrics import Metrics; from window import Window\n"
            "for text in ('run_id: r', 'metadata: 0.9', 'metadata: {accuracy: .nan}',\n"
            "             'metadata: {accuracy: 90}',\n"
            "             'metadata: {accuracy: \"0.9\"}', 'metadata: {accuracy: 0.9}'):\n"
            "    Path(sys.argv[1], 'MLmodel').write_text(text)\n"
            "    accuracy = read_trained_accuracy(Path(sys.argv[1]))\n"
            "    text = Metrics('digits', '1', 'r', Window(10), accuracy).render().decode()\n"
            "    print(accuracy, text.count('\\nmodel_trained_accuracy{'))\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", script, folder],
                cwd=EXAMPLE / "serving",
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=60,
            )
        self.assertEqual(done.stdout.splitlines(), ["None 0"] * 5 + ["0.9 1"], done.stderr)

    def test_invalid_input_gets_400_with_the_reason(self):
        before = self.app.metric("model_errors_total", fault="client")
        invalid = {
            b"{": "not JSON",
            b"[]": "JSON object",
            b'{"rows": [[1]]}': "row 0: a scan is a list of 64 numbers",
            b'{"rows": []}': "non-empty list",
            b"{}": "non-empty list",
            b'{"rows": "' + b"1" * 64 + b'"}': "non-empty list",
            b"[" * 100_000: "not JSON",
        }
        for body, message in invalid.items():
            status, response = self.app.request("/predict", body)
            self.assertEqual(status, 400, body[:40])
            self.assertIn(message, response["error"])
        for pixel in (16.5, -1, math.nan, math.inf, True, "3", None):
            status, response = self.app.request("/predict", {"rows": [BLANK, [pixel] + [0] * 63]})
            self.assertEqual(status, 400, pixel)
            self.assertIn("row 1: every pixel is a number from 0 to 16", response["error"])
        status, response = self.app.request("/predict", {"rows": [BLANK] * 1001})
        self.assertEqual((status, response["error"]), (400, "at most 1000 rows in a request, got 1001"))
        self.assertEqual(self.app.metric("model_errors_total", fault="client") - before, len(invalid) + 8)
        self.assertEqual(self.app.metric("model_errors_total", fault="server"), 0)

    def test_a_body_that_is_too_large_gets_400_unread(self):
        with socket.create_connection(("127.0.0.1", self.app.port), timeout=10) as client:
            client.sendall(b"POST /predict HTTP/1.0\r\nContent-Length: 999999999\r\n\r\n")
            self.assertIn(b"400", client.recv(1000))

    def test_an_unknown_path_gets_404_with_the_known_paths(self):
        for path, body in (("/", None), ("/health", {}), ("/predict", None)):
            status, response = self.app.request(path, body)
            self.assertEqual(status, 404, path)
            self.assertIn("POST /predict", response["error"])

    def test_metrics_count_requests_and_rows(self):
        count = "model_prediction_latency_seconds_count"
        before = self.app.metric(count), self.app.metric("model_predictions_total")
        self.app.request("/predict", {"rows": [BLANK] * 3})
        after = self.app.metric(count), self.app.metric("model_predictions_total")
        self.assertEqual((after[0] - before[0], after[1] - before[1]), (1, 3))

    def test_model_info_has_the_run_id(self):
        labels = {"model_name": "digits", "model_version": "1", "run_id": train_quality("baseline").run_id}
        self.assertEqual(self.app.metric("model_info", **labels), 1)


class Stopping(unittest.TestCase):
    def test_sigterm_exits_with_code_0_within_the_grace_period(self):
        with ServingProcess(train_quality("baseline").directory) as app:
            code, seconds = app.stop()
        self.assertEqual(code, 0)
        # terminationGracePeriodSeconds of the chart
        self.assertLess(seconds, 10)
        self.assertTrue(app.log.endswith("digits: stopped\n"), app.log)

    def test_a_draining_server_is_unready_and_still_answers(self):
        with ServingProcess(train_quality("baseline").directory, DRAIN_SECONDS="3") as app:
            app.terminate()
            status, deadline = 200, time.monotonic() + TIMEOUT_SECONDS
            while status == 200 and time.monotonic() < deadline:
                status, health = app.request("/health")
            self.assertEqual((status, health["status"]), (503, "stopping"))
            self.assertEqual(app.request("/predict", {"rows": [BLANK]})[0], 200)


if __name__ == "__main__":
    unittest.main()
