"""Taking in what browsers send: against an empty view of the same server, at a steady pace, and read by a worker."""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.db import connection

from benchmarks.timing import Result, owner, seconds
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Hit, Visitor
from touchpoints.tracking.sites import SiteInput, create_site

CONNECTIONS = 8
RACE_SECONDS = 8.0
PACE = 300
PACE_SECONDS = 60.0
SLOWEST_SECONDS = 0.050
LEAST_RATIO = 0.5
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
JOINED = 5000
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)


def measure_tracking(organisation: Organisation, size: int, owner_url: str) -> Iterator[Result]:
    """Send to a server of the product's own kind; everything it accepted has to be there, with no worker running."""
    with organisation_scope(organisation.pk):
        site = create_site(organisation, values=SiteInput("Bench", ("acme.example",)), by=None)
    with server() as port:
        floor = _race(port, [b"GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n"])
        hits = [_request(site.key) for _n in range(500)]
        rate, accepted = _race_counted(port, hits)
        yield Result(
            "tracking hits", size, 1 / rate, 1 / floor, rate / floor, LEAST_RATIO, at_most=False,
            note=f"{rate:,.0f} a second, {floor:,.0f} of an empty view; higher is better",
        )  # fmt: skip
        latencies = walk(port, hits, pace=PACE, length=PACE_SECONDS, status=204)
        accepted += len(latencies)
        p99 = statistics.quantiles(latencies, n=100)[98]
        median = statistics.median(latencies)
        yield Result(
            "tracking, 300 hits/s", size, p99, SLOWEST_SECONDS, p99 / SLOWEST_SECONDS, 1.0,
            note=f"p99 in seconds over {PACE_SECONDS:.0f} s ({len(latencies):,} hits), median {median * 1000:.1f} ms",
        )  # fmt: skip
    with organisation_scope(organisation.pk):
        kept = Hit.objects.count()
        yield Result(
            "tracking, accepted and kept", size, kept, accepted, kept / accepted, 1.0, at_most=False,
            note="beacons on the queue over those answered 204; no worker ran",
        )  # fmt: skip
        took = seconds(lambda: collect(organisation))
        yield Result(
            "tracking, read by a worker", size, took, kept / PACE, took / (kept / PACE), 1.0,
            note=f"{kept / took:,.0f} beacons a second; goal: faster than they come",
        )  # fmt: skip
        yield _join(organisation, size)
    with owner(owner_url) as plain:
        plain.execute("DELETE FROM tracking_visitor WHERE organisation_id = %s", [organisation.pk])
        plain.execute(
            "DELETE FROM touchpoints_interaction WHERE organisation_id = %s AND visitor_id IS NOT NULL",
            [organisation.pk],
        )


def _join(organisation: Organisation, size: int) -> Result:
    """Let a visitor of so many acts become a contact."""
    contact = Contact.objects.create(organisation=organisation, last_name="Bench")
    visitor = Visitor.objects.filter(contact=None).order_by("pk")[0]
    already = _count(visitor)
    record(
        organisation,
        [
            NewInteraction("page_view", visitor_id=str(visitor.uid), properties={"url": f"https://acme.example/{n}"})
            for n in range(JOINED - already)
        ],
    )
    identify(organisation, browser=str(visitor.browser), contact_id=contact.pk)
    took = seconds(lambda: collect(organisation))
    return Result("tracking, 5,000 hits joined", size, took, 1.0, took, 1.0, note="seconds")


def _count(visitor: Visitor) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM touchpoints_interaction WHERE organisation_id = %s AND visitor_id = %s",
            [visitor.organisation_id, visitor.uid],
        )
        return int(cursor.fetchone()[0])


def _request(key: str) -> bytes:
    page = {"url": f"https://www.acme.example/page-{uuid4().hex[:6]}?utm_source=linkedin", "title": "A page"}
    body = json.dumps({"k": key, "v": str(uuid4()), "m": "", "e": [{"n": "page_view", "a": 12, "w": "x", "p": page}]})
    head = (
        f"POST /t HTTP/1.1\r\nHost: localhost\r\nOrigin: https://www.acme.example\r\nUser-Agent: {AGENT}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


@contextmanager
def server() -> Iterator[int]:
    """Run gunicorn as the product does, with no limits: all hits come from one address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "benchmarks.empty_view:application", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"),
        *("--log-level", "error"),
    ]
    environment = {
        **os.environ,
        "ALLOWED_HOSTS": "localhost",
        "TRACKING_PER_MINUTE": "0",
        "TRACKING_ADDRESS_PER_MINUTE": "0",
    }
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with _Line(port) as line:
                if line.ask(b"GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n") == 204:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


class _Line:
    """A connection that is kept; reads no more of an answer than it must."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, request: bytes) -> int:
        """Send a request and return the status; a line the server has closed is opened anew, once."""
        try:
            return self._ask(request)
        except ConnectionError:
            self.socket.close()
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            return self._ask(request)

    def _ask(self, request: bytes) -> int:
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = self.socket.recv(4096)
            if not piece:
                raise ConnectionResetError
            answer += piece
        head, _end, content = answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        missing = int(length[1]) - len(content) if length else 0
        while missing > 0:
            if not (piece := self.socket.recv(missing)):
                raise ConnectionResetError
            missing -= len(piece)
        return int(answer[9:12])


def _race(port: int, requests: list[bytes]) -> float:
    return _race_counted(port, requests)[0]


def _race_counted(port: int, requests: list[bytes]) -> tuple[float, int]:
    """Ask as fast as the server answers; return answers a second, and how many there were, warming up included."""
    total, number = 0, 0
    for length in (2.0, RACE_SECONDS):
        counts = [0] * CONNECTIONS
        until = time.monotonic() + length

        def run(place: int, counts: list[int] = counts, until: float = until) -> None:
            with _Line(port) as line:
                while time.monotonic() < until:
                    status = line.ask(requests[(place + counts[place]) % len(requests)])
                    if status != 204:
                        raise RuntimeError(f"answered {status}")
                    counts[place] += 1

        _together(run)
        number = sum(counts)
        total += number
    return number / RACE_SECONDS, total


def walk(port: int, requests: list[bytes], *, pace: int, length: float, status: int) -> list[float]:
    """Ask at a steady pace for so many seconds; return how long each answer took from when it was due."""
    begin = time.monotonic() + 0.5
    gap = CONNECTIONS / pace
    latencies: list[list[float]] = [[] for _n in range(CONNECTIONS)]

    def run(place: int) -> None:
        with _Line(port) as line:
            due = begin + place / pace
            while due < begin + length:
                time.sleep(max(due - time.monotonic(), 0))
                number = place + CONNECTIONS * len(latencies[place])
                if (answered := line.ask(requests[number % len(requests)])) != status:
                    raise RuntimeError(f"answered {answered}")
                latencies[place].append(time.monotonic() - due)
                due += gap

    _together(run)
    return [one for some in latencies for one in some]


def _together(run: Callable[[int], None]) -> None:
    failures: list[BaseException] = []

    def guarded(place: int) -> None:
        try:
            run(place)
        except Exception as error:  # noqa: BLE001  (told below, by the thread that waits)
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(place,)) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
