"""Whoever adds a table that refers to a contact says what merging does to its rows."""

from contacts.doubles.registry import list_rules, references_of
from contacts.models import Contact


def test_every_reference_to_a_contact_has_a_rule() -> None:
    ruled = {rule.code for rule in list_rules()}
    wanted = {f"{model._meta.db_table}.{field.column}" for model, field in references_of(Contact)}
    assert len(wanted) > 15
    missing = sorted(wanted - ruled)
    assert not missing, (
        f"say what merging two contacts does to {missing}: move, move_one, drop or leave of contacts.doubles.registry,"
        " in the ready() of the app that owns the table"
    )


def test_no_rule_speaks_of_what_is_gone() -> None:
    wanted = {f"{model._meta.db_table}.{field.column}" for model, field in references_of(Contact)}
    assert {rule.code for rule in list_rules()} <= wanted
