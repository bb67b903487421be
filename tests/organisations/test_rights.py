"""One table says what a role may do."""

import pytest

from prm.organisations.models import Role
from prm.organisations.rights import API_RIGHTS, RIGHT_WORDS, RIGHTS, Right, may, word_of

VIEWS = {
    "home.view",
    "contacts.view",
    "segments.view",
    "touchpoints.view",
    "forms.view",
    "pages.view",
    "contents.view",
    "scoring.view",
    "handoffs.view",
    "nurturing.view",
    "enrichment.view",
    "jobs.view",
}
TABLE = {
    "viewer": VIEWS,
    "sales": VIEWS | {"contacts.edit", "touchpoints.rate", "handoffs.work", "interactions.write", "enrichment.run"},
    "marketer": VIEWS
    | {
        "contacts.edit",
        "contacts.import",
        "fields.edit",
        "tags.edit",
        "segments.edit",
        "audiences.make",
        "touchpoints.edit",
        "touchpoints.rate",
        "interactions.write",
        "scoring.edit",
        "nurturing.edit",
        "enrichment.run",
        "enrichment.manage",
        "forms.edit",
        "pages.edit",
        "pages.publish",
        "contents.edit",
    },
    "admin": VIEWS
    | {
        "contacts.edit",
        "contacts.import",
        "fields.edit",
        "tags.edit",
        "contacts.erase",
        "segments.edit",
        "audiences.make",
        "touchpoints.edit",
        "touchpoints.rate",
        "interactions.write",
        "scoring.edit",
        "scoring.publish",
        "handoffs.work",
        "nurturing.edit",
        "enrichment.run",
        "enrichment.manage",
        "forms.edit",
        "pages.edit",
        "pages.publish",
        "contents.edit",
        "settings.edit",
        "members.edit",
        "api_keys.edit",
        "audit.view",
    },
}


@pytest.mark.parametrize("role", Role.values)
def test_a_role_carries_exactly_these_rights(role: str) -> None:
    assert {right.value for right in RIGHTS[Role(role)]} == TABLE[role]
    assert {right.value for right in Right if may(role, right)} == TABLE[role]


def test_every_role_has_a_row() -> None:
    assert set(TABLE) == set(Role.values)
    assert set(RIGHTS) == set(Role)


def test_an_unknown_role_may_nothing() -> None:
    with pytest.raises(ValueError, match="owner"):
        may("owner", Right.HOME_VIEW)


def test_every_right_has_a_word() -> None:
    named = [right for words in RIGHT_WORDS.values() for right in words]
    assert sorted(named) == sorted(Right)
    assert word_of(Right.AUDIT_VIEW) == "Read the audit log"


def test_keys_cannot_be_made_for_people_and_settings() -> None:
    assert not API_RIGHTS & {Right.SETTINGS_EDIT, Right.MEMBERS_EDIT, Right.API_KEYS_EDIT, Right.AUDIT_VIEW}
