"""The pages of touchpoints, of what captures and of what was observed, over a base of any size."""

from benchmarks.pages import measure_addresses, sign_in
from benchmarks.timing import Result, owner
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.models import Touchpoint

# The one that a third of all interactions happened at.
BUSIEST = "pricing"
PEOPLE = 21


def measure_touchpoint_pages(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Open the inventory, a touchpoint with a third of all interactions, and the pages of the rooms around it."""
    base = f"/o/{organisation.slug}"
    with organisation_scope(organisation.pk):
        busiest = Touchpoint.objects.get(code=BUSIEST).pk
        quiet = Touchpoint.objects.exclude(code=BUSIEST).order_by("pk").values_list("pk", flat=True)[0]
        people = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:PEOPLE])
    with owner(owner_url) as plain:
        plain.execute("ANALYZE touchpoints_touchpoint")
    return measure_addresses(
        sign_in(size),
        size,
        {
            "inventory": [f"{base}/touchpoints/?sort=-interactions"],
            "matrix": [f"{base}/touchpoints/matrix/"],
            # Stands before its figures are counted; then what it asks for by itself; then with what is kept of them.
            "busiest touchpoint, at first": [f"{base}/touchpoints/{busiest}/"],
            "busiest touchpoint, counted": [f"{base}/touchpoints/{busiest}/?counted=1"],
            "busiest touchpoint": [f"{base}/touchpoints/{busiest}/"],
            "quiet touchpoint": [f"{base}/touchpoints/{quiet}/"],
            "touchpoints observed": [f"{base}/touchpoints/observed/"],
            "recognition": [f"{base}/touchpoints/recognition/"],
            "which touchpoint": [f"{base}/touchpoints/recognition/try/?url=https%3A%2F%2Facme.example%2Ftarifs"],
            "actions": [f"{base}/touchpoints/actions/"],
            "surveys": [f"{base}/touchpoints/surveys/"],
            "forms": [f"{base}/forms/"],
            "landing pages": [f"{base}/pages/"],
            "contents": [f"{base}/contents/"],
            "contents missing": [f"{base}/contents/coverage/"],
            "themes": [f"{base}/contents/themes/"],
            "slots": [f"{base}/slots/"],
            "tracking": [f"{base}/tracking/"],
            "tracking, sources": [f"{base}/tracking/sources/"],
            "tracking, companies": [f"{base}/tracking/companies/"],
            "timeline": [f"{base}/contacts/{one}/timeline/" for one in people],
        },
    )
