"""HTTP server with one thread per connection. Requests and responses are JSON."""

import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

from service import BadRequestError, Service

MAX_BODY_BYTES = 1_000_000


class Handler(BaseHTTPRequestHandler):
    """Maps paths to methods of the service, and errors to status codes."""

    # A client that sends nothing must not block its thread and the shutdown forever.
    timeout = 5
    service: Service

    def do_GET(self) -> None:
        """Handles /health and /metrics."""
        path = self._path()
        if path == "/health":
            self._send_json(200 if self.service.status == "ok" else 503, self.service.health())
        elif path == "/metrics":
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", self.service.metrics.render())
        else:
            self._send_json(404, {"error": f"no such path; there are {PATHS}"})

    def do_POST(self) -> None:
        """Handles /predict and /feedback."""
        method = {"/predict": self.service.predict, "/feedback": self.service.feedback}.get(self._path())
        if method is None:
            self._send_json(404, {"error": f"no such path; there are {PATHS}"})
        elif self.service.status == "loading":
            self._send_json(503, {"error": "the model is being loaded"})
        else:
            self._handle(method)

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _handle(self, method) -> None:
        metrics = self.service.metrics
        try:
            response = method(self._body())
        except BadRequestError as error:
            metrics.client_errors.inc()
            self._send_json(400, {"error": str(error)})
        except Exception:
            metrics.server_errors.inc()
            traceback.print_exc(file=sys.stderr)
            self._send_json(500, {"error": "the model failed on this request; see the log of the pod"})
        else:
            self._send_json(200, response)

    def _body(self) -> dict:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise BadRequestError("the request has no Content-Length")
        if int(length) > MAX_BODY_BYTES:
            raise BadRequestError(f"the body has {length} bytes, more than {MAX_BODY_BYTES}")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except TimeoutError as error:
            raise BadRequestError(f"the body did not arrive within {self.timeout} s") from error
        except (ValueError, RecursionError) as error:
            raise BadRequestError("the body is not JSON") from error
        if not isinstance(body, dict):
            raise BadRequestError("the body must be a JSON object")
        return body

    def _send_json(self, status: int, content: dict) -> None:
        self._send(status, "application/json", json.dumps(content).encode() + b"\n")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Writes no access log, so that the last lines of the pod's log show errors."""


PATHS = "GET /health, GET /metrics, POST /predict, POST /feedback"


class Server(ThreadingTCPServer):
    """Unlike http.server.HTTPServer, this class does not look up the host name in DNS."""

    allow_reuse_address = True
    request_queue_size = 64
    # On shutdown, wait for the requests in progress.
    daemon_threads = False

    def handle_error(self, request, client_address) -> None:
        """Ignores clients that disconnect."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def listen(service: Service, port: int) -> Server:
    """Starts the server in background threads. Port 0 selects a free port."""
    server = Server(("", port), type("DigitsHandler", (Handler,), {"service": service}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server
