"""The columns of the access file in words for people."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.web.figures import long_day, moment

WORDS: dict[str, str | Promise] = {
    "id": gettext_lazy("number"),
    "external_id": gettext_lazy("external id"),
    "email": gettext_lazy("e-mail"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "phone": gettext_lazy("telephone"),
    "job_title": gettext_lazy("job title"),
    "company": gettext_lazy("company"),
    "stage": gettext_lazy("stage"),
    "stage_since": gettext_lazy("in this stage since"),
    "source": gettext_lazy("source"),
    "language": gettext_lazy("language"),
    "properties": gettext_lazy("properties"),
    "custom": gettext_lazy("own fields"),
    "provenance": gettext_lazy("where values come from"),
    "qualification_percent": gettext_lazy("degree of qualification"),
    "created_at": gettext_lazy("created"),
    "updated_at": gettext_lazy("changed"),
    "intent": gettext_lazy("intent"),
    "fit": gettext_lazy("fit"),
    "total": gettext_lazy("score"),
    "tier": gettext_lazy("tier"),
    "scored_at": gettext_lazy("scored"),
    "last_act_at": gettext_lazy("last act"),
    "last_act_kind": gettext_lazy("kind of last act"),
    "from_stage": gettext_lazy("from"),
    "to_stage": gettext_lazy("to"),
    "cause": gettext_lazy("cause"),
    "detail": gettext_lazy("details"),
    "at": gettext_lazy("on"),
    "reason": gettext_lazy("reason"),
    "before": gettext_lazy("before"),
    "after": gettext_lazy("after"),
    "import": gettext_lazy("import"),
    "line": gettext_lazy("line"),
    "column": gettext_lazy("column"),
    "value": gettext_lazy("value"),
    "row": gettext_lazy("row"),
    "state": gettext_lazy("state"),
    "since": gettext_lazy("since"),
    "purpose": gettext_lazy("purpose"),
    "act": gettext_lazy("what was said"),
    "version": gettext_lazy("version of the text"),
    "recorded_at": gettext_lazy("noted"),
    "proof": gettext_lazy("proof"),
    "kind": gettext_lazy("kind"),
    "names": gettext_lazy("names"),
    "segment": gettext_lazy("segment"),
    "entered_at": gettext_lazy("entered"),
    "left_at": gettext_lazy("left"),
    "touchpoint": gettext_lazy("touchpoint"),
    "occurred_at": gettext_lazy("happened"),
    "received_at": gettext_lazy("received"),
    "verdict": gettext_lazy("who acted"),
    "visitor_id": gettext_lazy("browser"),
    "directors": gettext_lazy("directs the company"),
    "told_at": gettext_lazy("told by the register"),
    "scenario": gettext_lazy("scenario"),
    "status": gettext_lazy("status"),
    "address": gettext_lazy("address"),
    "subject": gettext_lazy("subject"),
    "sent_at": gettext_lazy("sent"),
    "note": gettext_lazy("note"),
    "evidence": gettext_lazy("evidence"),
    "score": gettext_lazy("score"),
    "action": gettext_lazy("action"),
    "received_on": gettext_lazy("received on"),
    "due_on": gettext_lazy("due on"),
    "outcome": gettext_lazy("outcome"),
    "answer": gettext_lazy("answer"),
    "asker": gettext_lazy("who asked"),
    "done_at": gettext_lazy("answered"),
    "due_at": gettext_lazy("due on"),
    "opened_at": gettext_lazy("opened"),
    "claimed_at": gettext_lazy("taken over"),
    "answered_at": gettext_lazy("answered"),
    "message_id": gettext_lazy("number of the message"),
    "times": gettext_lazy("how often"),
    "asked_at": gettext_lazy("asked"),
    "confirmed_at": gettext_lazy("confirmed on"),
    "exit_reason": gettext_lazy("reason for leaving"),
    "position": gettext_lazy("step"),
    "merged_ids": gettext_lazy("merged numbers"),
    "undone_at": gettext_lazy("undone"),
    "reasons": gettext_lazy("reasons"),
    "found_at": gettext_lazy("found on"),
    "was_tier": gettext_lazy("tier before"),
    "was_intent": gettext_lazy("intent before"),
    "object_label": gettext_lazy("about"),
    "tag": gettext_lazy("tag"),
}


def column_word(name: str) -> str:
    """Return what a column is called; one that nobody named keeps its name, readable."""
    return str(WORDS.get(name, name.replace("_", " ")))


def shown_value(model: type[Model], name: str, value: Any) -> str:
    """Return a value of the access file as people read it."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, dict):
        return "; ".join(f"{column_word(key)}: {shown_value(model, key, one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(shown_value(model, name, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _choice(model, name, value) or (isinstance(value, str) and parse_moment(value)) or str(value)


def parse_moment(text: str) -> str:
    """Return an instant or a day in words; empty for what is none."""
    try:
        if len(text) == len("2026-11-29"):
            return long_day(on) if (on := parse_date(text)) else ""
        when = parse_datetime(text)
    except ValueError:
        return ""
    return moment(when) if when and when.tzinfo else ""


def _choice(model: type[Model], name: str, value: Any) -> str:
    try:
        choices = dict(getattr(model._meta.get_field(name), "flatchoices", []))
    except FieldDoesNotExist:
        return ""
    return str(choices.get(value, ""))
