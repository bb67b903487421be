"""The audit log, for admins."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.audit_words import action_phrase, changes_of, object_word
from prm.organisations.forms import AuditFilterForm
from prm.organisations.models import AuditEntry
from prm.organisations.queries import (
    list_audit_actions,
    list_audit_entries,
    list_audit_object_types,
    list_members,
)
from prm.organisations.rights import Right
from prm.organisations.settings_pages import settings_tabs
from prm.web.pagination import paginate_request
from prm.web.person import zone_of


@requires(Right.AUDIT_VIEW)
def audit(request: OrgRequest) -> HttpResponseBase:
    """List what was changed, newest first, by person, action, object and day."""
    form = _filter_form(request)
    entries = list_audit_entries(form.wanted(), zone_of(request.organisation.time_zone))
    page = paginate_request(entries, request, ["-at", "-pk"])
    rows = [
        {"entry": entry, "action": action_phrase(entry.action), "changes": changes_of(entry)} for entry in page.items
    ]
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "rows": rows,
        "is_filtered": any(form.cleaned_data.values()),
        "tabs": settings_tabs(request, "organisations:audit"),
    }
    template = "organisations/audit.html#rows" if request.htmx else "organisations/audit.html"
    return render(request, template, context)


@requires(Right.AUDIT_VIEW)
def audit_export(request: OrgRequest) -> HttpResponseBase:
    """Give the filtered log as a CSV file, read from the database piece by piece."""
    form = _filter_form(request)
    entries = list_audit_entries(form.wanted(), zone_of(request.organisation.time_zone)).order_by("-at", "-pk")
    name = f"audit-{request.organisation.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _csv_lines(entries.iterator(chunk_size=2000)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _filter_form(request: OrgRequest) -> AuditFilterForm:
    organisation = request.organisation
    return AuditFilterForm(
        request.GET,
        people=[(str(member.user_id), str(member.user)) for member in list_members()],
        actions=[(action, action_phrase(action)) for action in list_audit_actions(organisation)],
        object_types=[(kind, object_word(kind)) for kind in list_audit_object_types(organisation)],
    )


class _Line:
    """A file that gives each line back instead of keeping it."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


def _csv_lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    writer: Any = csv.writer(_Line())
    # The mark that makes spreadsheets read UTF-8.
    yield "\ufeff" + writer.writerow([_("When"), _("Who"), _("What"), _("Object"), _("Before"), _("After")])
    for entry in entries:
        changes = changes_of(entry)
        cells = [
            entry.at.isoformat(timespec="seconds"),
            entry.actor_label,
            action_phrase(entry.action),
            entry.object_label,
            "; ".join(f"{change.label}: {change.before}" for change in changes if change.before),
            "; ".join(f"{change.label}: {change.after}" for change in changes if change.after),
        ]
        yield writer.writerow([_harmless(cell) for cell in cells])


def _harmless(cell: str) -> str:
    """Keep spreadsheets from taking a text for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
