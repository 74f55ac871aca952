"""Serves one version of the digits model over HTTP: /predict, /feedback, /health and /metrics.

Environment: MODEL_NAME, MODEL_VERSION, MODEL_DIR (folder of the downloaded model), PORT (default 8080),
FEEDBACK_WINDOW (number of labelled predictions for accuracy and F1, default 200), DRAIN_SECONDS (default 1).
Exit code 2: the environment or the folder is invalid. Exit code 3: the model cannot be loaded.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

from model import (
    Classifier,
    ModelLoadError,
    ModelNotFoundError,
    read_identity,
    read_trained_accuracy,
)
from server import listen
from service import Service


class InvalidSettingError(ValueError):
    """An environment variable is missing or invalid."""


def read_setting(name: str) -> str:
    """Reads a required environment variable."""
    value = os.environ.get(name, "")
    if not value:
        raise InvalidSettingError(f"the environment variable {name} is missing or empty")
    return value


def read_integer_setting(name: str, default: int, minimum: int) -> int:
    """Reads an environment variable with a whole number of at least `minimum`."""
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < minimum:
        raise InvalidSettingError(f"{name} must be a whole number of at least {minimum}, got {text!r}")
    return int(text)


def log(text: str) -> None:
    """Writes one line to the log of the pod."""
    print(f"digits: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Starts the server, loads the model, and runs until a signal arrives.

    The server starts before the model is loaded, so that probes get 503 instead of a refused connection.
    """
    # threading.Event would lose a signal that arrives right before wait().
    stop_requests, wakeup = socket.socketpair()
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno())
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: None)
    started = time.monotonic()
    try:
        directory = Path(read_setting("MODEL_DIR"))
        drain = read_integer_setting("DRAIN_SECONDS", 1, 0)
        port = read_integer_setting("PORT", 8080, 0)
        identity = read_identity(read_setting("MODEL_NAME"), read_setting("MODEL_VERSION"), directory)
        window = read_integer_setting("FEEDBACK_WINDOW", 200, 1)
        service = Service(identity, window, read_trained_accuracy(directory))
    except (InvalidSettingError, ModelNotFoundError) as error:
        log(str(error))
        return 2
    server = listen(service, port)
    model = f"version {identity.version} of {identity.name}"
    try:
        classifier = Classifier(directory)
    except ModelLoadError as error:
        log(f"{model} (run {identity.run_id}) cannot be loaded: {error}")
        return 3
    if classifier.unknown_features:
        columns = ", ".join(classifier.unknown_features)
        log(f"{model} was trained on columns that requests do not contain: {columns}")
    service.start(classifier)
    duration = time.monotonic() - started
    log(f"{model} (run {identity.run_id}) is ready on port {server.server_address[1]} after {duration:.1f} s")
    stop_requests.recv(1)
    service.stop()
    # Requests arrive until Kubernetes has removed the pod from the endpoints.
    time.sleep(drain)
    server.shutdown()
    server.server_close()
    log("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
