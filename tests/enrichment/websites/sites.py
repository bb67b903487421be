"""Websites on loopback, with the name server that leads to them. The companies are invented.

Every host has its pages by path: a text, or a function that writes what it likes to the connection.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingUDPServer
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Writer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    at: float
    host: str
    path: str
    agent: str


@dataclass
class Web:
    """Names with their addresses, hosts with their pages, and what was asked."""

    port: int = 0
    nameserver: str = ""
    # A list of answers: each is given once, the last for ever.
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    pages: dict[str, dict[str, str | Writer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def add(self, host: str, pages: dict[str, str | Writer], *addresses: str) -> None:
        """Put a website there."""
        self.names[host] = [list(addresses) or ["127.0.0.1"]]
        self.pages[host] = pages

    def paths(self, host: str = "") -> list[str]:
        """Return what was asked, in order."""
        return [one.path for one in self.asked if not host or one.host == host]


def page(*parts: str, title: str = "Solvane") -> str:
    """Return a page of HTML."""
    return f"<!doctype html><html><head><title>{title}</title></head><body>{''.join(parts)}</body></html>"


def redirect(location: str, status: int = 302) -> Writer:
    """Return a page that leads elsewhere."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return write


def raw(body: bytes, *, status: int = 200, **headers: str) -> Writer:
    """Return a page of bytes."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Type": "text/html", "Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


def dripping(pieces: int, seconds: float, *, header: bool = False) -> Writer:
    """Return a page that comes byte by byte, or whose header does."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\n" if header else b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        handler.wfile.write(start)
        for _piece in range(pieces):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(seconds)

    return write


@contextmanager
def serving(web: Web) -> Iterator[None]:
    """Serve names and websites on free ports of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers.get("Host", "").partition(":")[0]
            web.asked.append(Asked(time.monotonic(), host, self.path, self.headers.get("User-Agent", "")))
            found = web.pages.get(host, {}).get(self.path)
            if callable(found):
                found(self)
            elif found is None:
                raw(b"<p>not here</p>", status=404)(self)
            else:
                kind = "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8"
                raw(found.encode(), Content_Type=kind)(self)

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                # The visitor gave up, as it should.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Keep test output clean."""

    class Names(BaseRequestHandler):
        def handle(self) -> None:
            data, connection = self.request
            query = dns.message.from_wire(data)
            question = query.question[0]
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            answers = web.names.get(question.name.to_text(omit_final_dot=True).lower())
            if answers is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            else:
                family = "AAAA" if question.rdtype == dns.rdatatype.AAAA else "A"
                found = [address for address in answers[0] if (":" in address) == (family == "AAAA")]
                if found:
                    answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", family, *found))
                if len(answers) > 1 and family == "A":
                    answers.pop(0)
            connection.sendto(answer.to_wire(), self.client_address)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    names = ThreadingUDPServer(("127.0.0.1", 0), Names)
    server.daemon_threads = names.daemon_threads = True
    web.port, web.nameserver = server.server_address[1], f"127.0.0.1:{names.server_address[1]}"
    threads = [
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        for one in (server, names)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in (server, names):
            one.shutdown()
            one.server_close()
        for thread in threads:
            thread.join()
