"""HTTP in front of a Service: one thread per connection, JSON in and out."""

import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

from service import BadRequestError, Service

MAX_BODY_BYTES = 1_000_000


class Handler(BaseHTTPRequestHandler):
    """Paths to methods of the service, and errors to status codes."""

    # A client that connects and says nothing must not keep a thread, nor the end of the process, for ever.
    timeout = 5
    service: Service

    def do_GET(self) -> None:
        """/health and /metrics, which Kubernetes and Prometheus ask every few seconds."""
        path = self._path()
        if path == "/health":
            self._send_json(200 if self.service.status == "ok" else 503, self.service.health())
        elif path == "/metrics":
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", self.service.metrics.render())
        else:
            self._send_json(404, {"error": f"no such path; there are {PATHS}"})

    def do_POST(self) -> None:
        """/predict and /feedback."""
        does = {"/predict": self.service.predict, "/feedback": self.service.feedback}.get(self._path())
        if does is None:
            self._send_json(404, {"error": f"no such path; there are {PATHS}"})
        elif self.service.status == "loading":
            self._send_json(503, {"error": "the model is being loaded"})
        else:
            self._handle(does)

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _handle(self, does) -> None:
        metrics = self.service.metrics
        try:
            answer = does(self._body())
        except BadRequestError as error:
            metrics.client_errors.inc()
            self._send_json(400, {"error": str(error)})
        except Exception:
            metrics.server_errors.inc()
            traceback.print_exc(file=sys.stderr)
            self._send_json(500, {"error": "the model failed on this request; the pod's log says why"})
        else:
            self._send_json(200, answer)

    def _body(self) -> dict:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise BadRequestError("send the body with a Content-Length")
        if int(length) > MAX_BODY_BYTES:
            raise BadRequestError(f"a body has at most {MAX_BODY_BYTES} bytes, this one {length}")
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
        """No access log: a pod's last lines are kept for what went wrong."""


PATHS = "GET /health, GET /metrics, POST /predict, POST /feedback"


class Server(ThreadingTCPServer):
    """Not http.server's own, which looks up the host's name in DNS; a pod may have none to ask."""

    allow_reuse_address = True
    request_queue_size = 64
    # Requests that are being answered are waited for at the end, not cut off.
    daemon_threads = False

    def handle_error(self, request, client_address) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def listen(service: Service, port: int) -> Server:
    """Starts to answer in threads of its own; port 0 takes a free one."""
    server = Server(("", port), type("DigitsHandler", (Handler,), {"service": service}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server
