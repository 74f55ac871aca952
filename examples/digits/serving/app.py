"""Serves one version of the digits model over HTTP: /predict, /feedback, /health and /metrics.

Environment: MODEL_NAME, MODEL_VERSION, MODEL_DIR (where the init container put that version), PORT (8080),
FEEDBACK_WINDOW (labelled predictions that accuracy and F1 look at, 200), DRAIN_SECONDS (1).
Exit code 2: the environment or the folder is wrong. 3: the model is there and cannot be loaded.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from model import CannotLoad, Classifier, NoModel, identify
from server import listen
from service import Service


class BadSetting(ValueError):
    """An environment variable is missing or makes no sense."""


def setting(name: str) -> str:
    """A variable that has no sensible default."""
    value = os.environ.get(name, "")
    if not value:
        raise BadSetting(f"the environment variable {name} is missing or empty")
    return value


def whole_number(name: str, default: int, least: int) -> int:
    """A variable that is a whole number of at least `least`."""
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise BadSetting(f"the environment variable {name} must be a whole number from {least}, got {text!r}")
    return int(text)


def say(text: str) -> None:
    """One line in the pod's log."""
    print(f"digits: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Listens first, so that a probe sees 503 and not a refused connection, then loads, then waits."""
    told_to_stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: told_to_stop.set())
    began = time.monotonic()
    try:
        directory = Path(setting("MODEL_DIR"))
        drain = whole_number("DRAIN_SECONDS", 1, 0)
        port = whole_number("PORT", 8080, 0)
        identity = identify(setting("MODEL_NAME"), setting("MODEL_VERSION"), directory)
        service = Service(identity, whole_number("FEEDBACK_WINDOW", 200, 1))
    except (BadSetting, NoModel) as error:
        say(str(error))
        return 2
    server = listen(service, port)
    named = f"version {identity.version} of {identity.name}"
    try:
        classifier = Classifier(directory)
    except CannotLoad as error:
        say(f"{named} (run {identity.run_id}) cannot be loaded: {error}")
        return 3
    if classifier.unknown_features:
        say(
            f"{named} was trained on columns that no request brings: {', '.join(classifier.unknown_features)}"
        )
    service.start(classifier)
    took = time.monotonic() - began
    say(f"{named} (run {identity.run_id}) is ready on port {server.server_address[1]} after {took:.1f} s")
    told_to_stop.wait()
    service.stop()
    # Endpoints forget a stopping pod a moment after it is told to stop; until then requests still arrive.
    time.sleep(drain)
    server.shutdown()
    server.server_close()
    say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
