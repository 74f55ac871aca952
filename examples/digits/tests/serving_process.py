"""The serving app as a process of its own, spoken to over HTTP."""

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
    """Starts app.py on a folder, with the environment that the chart gives it and a port of its choice."""
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
    """Exit code and log of an app that does not start."""
    app = start_app(directory, **environment)
    try:
        _, log = app.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        app.kill()
    return app.returncode, log


class ServingProcess:
    """A context in which the app serves a folder."""

    def __init__(self, directory: Path, **environment: str):
        self._app = start_app(directory, **environment)
        self.log = ""

    def __enter__(self) -> "Served":
        try:
            self._wait_until_ready()
        except BaseException:
            self._terminate()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._terminate()

    def _wait_until_ready(self) -> None:
        # The app itself says which free port it took, and says it once it is ready.
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
        """SIGTERM, as Kubernetes does: exit code and seconds."""
        began = time.monotonic()
        self._app.send_signal(signal.SIGTERM)
        self.log += self._app.communicate(timeout=TIMEOUT_SECONDS)[1]
        return self._app.returncode, time.monotonic() - began

    def terminate(self) -> None:
        """SIGTERM without waiting for what follows."""
        self._app.send_signal(signal.SIGTERM)

    def request(self, path: str, body: object = None) -> tuple[int, dict]:
        """GET, or POST where there is a body (bytes as they are, anything else as JSON)."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def metric(self, name: str, **labels: str) -> float:
        """One sample of /metrics, which must be there exactly once."""
        from prometheus_client.parser import text_string_to_metric_families

        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read().decode()
        (value,) = (
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )
        return value
