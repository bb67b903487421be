"""VIES on loopback: answers as its REST service does, and fails as it is told to. The companies are invented."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def error(code: str) -> str:
    """Return a body that says that nobody looked."""
    return json.dumps({"actionSucceed": False, "errorWrappers": [{"error": code}]})


@dataclass
class Office:
    """The tax offices' holders by number, what was asked, and the faults to come: (status, body)."""

    url: str = ""
    holders: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    faults: deque[tuple[int, str]] = field(default_factory=deque)
    seconds: float = 0.0

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer as the service does."""
        holder = self.holders.get(f"{question['countryCode']}{question['vatNumber']}")
        name, address = holder or ("---", "---")
        return {
            **question, "requestDate": "2026-11-29T14:00:00.000Z", "valid": holder is not None,
            "requestIdentifier": "", "name": name, "address": address, "traderName": "---",
            "traderNameMatch": "NOT_PROCESSED",
        }  # fmt: skip


@contextmanager
def serving(office: Office) -> Iterator[None]:
    """Serve it on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            office.asked.append({**question, "path": self.path, "agent": self.headers["User-Agent"]})
            time.sleep(office.seconds)
            status, body = office.faults.popleft() if office.faults else (200, json.dumps(office.answer(question)))
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Keep test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    office.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
