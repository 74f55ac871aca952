"""Runs the server as a process and sends HTTP requests to it."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from training_runs import EXAMPLE, clean_environment

TIMEOUT_SECONDS = 60


def start_app(directory: Path, **environment: str) -> subprocess.Popen:
    """Starts app.py with the environment that the chart sets, on a free port."""
    settings = {"MODEL_NAME": "digits", "MODEL_VERSION": "1", "MODEL_DIR": str(directory)}
    settings |= {"PORT": "0", "DRAIN_SECONDS": "0"} | environment
    return subprocess.Popen(
        [sys.executable, str(EXAMPLE / "serving" / "app.py")],
        cwd=tempfile.gettempdir(),
        env=clean_environment(**settings),
        stderr=subprocess.PIPE,
        text=True,
    )


def run_until_exit(directory: Path, **environment: str) -> tuple[int, str]:
    """Runs an app that fails to start, and returns its exit code and log."""
    app = start_app(directory, **environment)
    try:
        _, log = app.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        app.kill()
    return app.returncode, log


class ServingProcess:
    """Context manager that runs the server on a model folder."""

    def __init__(self, directory: Path, **environment: str):
        self._app = start_app(directory, **environment)
        self.log = ""

    def __enter__(self) -> "ServingProcess":
        try:
            self._wait_until_ready()
        except BaseException:
            self._terminate()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._terminate()

    def _wait_until_ready(self) -> None:
        # The server logs its port when it is ready.
        for line in self._app.stderr:
            self.log += line
            if found := re.search(r"ready on port (\d+)", line):
                self.port = int(found[1])
                return
        raise AssertionError(f"the app did not start: {self.log}")

    def _terminate(self) -> None:
        if self._app.poll() is None:
            self._app.kill()
        self._app.communicate()

    def stop(self) -> tuple[int, float]:
        """Sends SIGTERM, waits for the exit, and returns exit code and seconds."""
        started = time.monotonic()
        self._app.send_signal(signal.SIGTERM)
        self.log += self._app.communicate(timeout=TIMEOUT_SECONDS)[1]
        return self._app.returncode, time.monotonic() - started

    def terminate(self) -> None:
        """Sends SIGTERM and does not wait for the exit."""
        self._app.send_signal(signal.SIGTERM)

    def request(self, path: str, body: object = None) -> tuple[int, dict]:
        """Sends a GET, or a POST if there is a body: bytes unchanged, everything else as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def metric(self, name: str, **labels: str) -> float:
        """Returns one sample of /metrics. Fails unless exactly one sample matches."""
        from prometheus_client.parser import text_string_to_metric_families

        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/metrics", timeout=TIMEOUT_SECONDS
        ) as response:
            text = response.read().decode()
        (value,) = (
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )
        return value
