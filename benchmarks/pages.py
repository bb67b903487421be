"""Pages as a member gets them: server time and queries."""

import html
import re
import statistics
from collections.abc import Mapping, Sequence

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.timing import Result, seconds
from contacts.models import Company, Contact
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope

RUNS = 21
GOAL = 0.2
DEEP = 20


def sign_in(size: int) -> Client:
    """Return a browser in which the admin of the measured organisation is signed in."""
    client = Client()
    client.force_login(User.objects.get(email=f"admin-{size}@bench.example"))
    return client


def measure_addresses(client: Client, size: int, pages: Mapping[str, Sequence[str]]) -> list[Result]:
    """Open each page's addresses in turn: 95th percentile of server time against a page that reads next to nothing.

    One visit before tells nothing: it reads templates and plans that every process reads once.
    """
    base = re.match(r"/o/[^/]+", next(iter(pages.values()))[0])
    if base is None:
        raise ValueError(pages)
    floor = statistics.median(seconds(lambda: client.get(f"{base[0]}/settings/")) for _ in range(RUNS))
    return [_measure(client, size, name, addresses, floor) for name, addresses in pages.items()]


def _measure(client: Client, size: int, name: str, addresses: Sequence[str], floor: float) -> Result:
    with CaptureQueriesContext(connection) as captured:
        first = seconds(lambda: client.get(addresses[0]))
    queries = len([one for one in captured.captured_queries if "set_config" not in one["sql"]])
    times = []
    for run in range(RUNS):
        address = addresses[run % len(addresses)]
        times.append(seconds(lambda at=address: _get(client, at)))  # type: ignore[misc]
    p95 = sorted(times)[int(len(times) * 0.95)]
    note = (
        f"median {statistics.median(times) * 1000:.0f} ms, first visit {first * 1000:.0f} ms, {queries} queries"
        " (goal: p95 below 200 ms, 12 queries)"
    )
    return Result(f"page: {name}", size, p95, floor, p95, GOAL, note=note)


def _get(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(address, answer.status_code)


def measure_pages(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """List and detail pages, home, queue and touchpoints."""
    client = sign_in(size)
    with organisation_scope(organisation.pk):
        ids = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:RUNS])
        company = Company.objects.order_by("pk").values_list("pk", flat=True)[0]
    base = f"/o/{organisation.slug}"
    return measure_addresses(
        client,
        size,
        {
            "contact list": [f"{base}/contacts/"],
            "contact list, filtered": [f"{base}/contacts/?stage=prospect&sort=name"],
            "contact list, searched": [f"{base}/contacts/?q=chetti+12"],
            "contact list, three letters": [f"{base}/contacts/?q=ett"],
            "contact list, a mistake": [f"{base}/contacts/?q=marchezti+12"],
            "contact list, page 20": [_deep_page(client, f"{base}/contacts/")],
            "contact": [f"{base}/contacts/{pk}/" for pk in ids],
            "company": [f"{base}/companies/{company}/"],
            "home": [f"{base}/"],
            "queue": [f"{base}/queue/"],
            "touchpoints": [f"{base}/touchpoints/"],
        },
    )


def _deep_page(client: Client, address: str) -> str:
    at = address
    for _ in range(DEEP - 1):
        following = re.search(r'rel="next" href="([^"]+)"', client.get(at).content.decode())
        if following is None:
            break
        at = address + html.unescape(following[1])
    return at
