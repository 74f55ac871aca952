"""Serves one version of the digits model over HTTP: /predict, /feedback, /health and /metrics.

Environment: MODEL_NAME, MODEL_VERSION, MODEL_DIR (where the init container put that version), PORT (8080),
FEEDBACK_WINDOW (labelled predictions that accuracy and F1 look at, 200), DRAIN_SECONDS (1).
Exit code 2: the environment or the folder is wrong. 3: the model is there and cannot be loaded.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

from model import Classifier, ModelLoadError, ModelNotFoundError, read_identity
from server import listen
from service import Service


class InvalidSettingError(ValueError):
    """An environment variable is missing or makes no sense."""


def read_setting(name: str) -> str:
    """A variable that has no sensible default."""
    value = os.environ.get(name, "")
    if not value:
        raise InvalidSettingError(f"the environment variable {name} is missing or empty")
    return value


def read_integer_setting(name: str, default: int, least: int) -> int:
    """A variable that is a whole number of at least `least`."""
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise InvalidSettingError(f"the environment variable {name} must be a whole number from {least}, got {text!r}")
    return int(text)


def log(text: str) -> None:
    """One line in the pod's log."""
    print(f"digits: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Listens first, so that a probe sees 503 and not a refused connection, then loads, then waits."""
    # Not threading.Event: Python runs a handler between two bytecodes, and a signal right before wait() would be lost.
    stop_requests, wakeup = socket.socketpair()
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno())
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: None)
    began = time.monotonic()
    try:
        directory = Path(read_setting("MODEL_DIR"))
        drain = read_integer_setting("DRAIN_SECONDS", 1, 0)
        port = read_integer_setting("PORT", 8080, 0)
        identity = read_identity(read_setting("MODEL_NAME"), read_setting("MODEL_VERSION"), directory)
        service = Service(identity, read_integer_setting("FEEDBACK_WINDOW", 200, 1))
    except (InvalidSettingError, ModelNotFoundError) as error:
        log(str(error))
        return 2
    server = listen(service, port)
    named = f"version {identity.version} of {identity.name}"
    try:
        classifier = Classifier(directory)
    except ModelLoadError as error:
        log(f"{named} (run {identity.run_id}) cannot be loaded: {error}")
        return 3
    if classifier.unknown_features:
        log(
            f"{named} was trained on columns that no request brings: {', '.join(classifier.unknown_features)}"
        )
    service.start(classifier)
    took = time.monotonic() - began
    log(f"{named} (run {identity.run_id}) is ready on port {server.server_address[1]} after {took:.1f} s")
    stop_requests.recv(1)
    service.stop()
    # Endpoints forget a stopping pod a moment after its SIGTERM; until then requests still arrive.
    time.sleep(drain)
    server.shutdown()
    server.server_close()
    log("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
