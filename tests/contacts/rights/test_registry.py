"""Whoever adds a table says what it holds on people, or why it holds nothing."""

import pytest
from django.db import connection, models

from contacts.doubles.registry import references_of
from contacts.models import Contact
from contacts.rights.registry import Whom, list_holdings
from tests.conftest import World
from tests.worldmaking import tenant_models

# Tables that can hold words, and why they hold none about the people in the base.
NOTHING = {
    "actions.EnrichmentAction": "what members plan",
    "attribution.Observation": "counts",
    "attribution.Observed": "counts",
    "audiences.Audience": "what members write",
    "audiences.AudienceFile": "whose it was, and figures; who stood in it is in audiences.AudienceMember",
    "audiences.AudiencePiece": "hashes, for a week; gone with whoever is erased (contacts/audiences/erasing.py)",
    "bulk.BulkChunk": "ids, which lead to the shell, and what undoing gives back; gone after thirty days",
    "bulk.BulkRun": "what members asked; words that name somebody go (contacts/bulk/forgetting.py)",
    "consent.Purpose": "what the organisation asks",
    "consent.PurposeText": "what the organisation asks",
    "contacts.Company": "companies, not people",
    "contacts.Export": "kept a week; those that name somebody go with their files (contacts/rights/files.py)",
    "contacts.ExportChunk": "goes with its export",
    "contacts.ImportChunk": "goes with its upload, and always when the import is over (contacts/rights/files.py)",
    "contents.Content": "what members write",
    "contents.ContentFile": "documents for everybody",
    "doubles.Watch": "a setting",
    "enrichment.Arrival": "companies, not people",
    "enrichment.AutomaticRule": "a setting",
    "enrichment.MatchingRule": "a setting",
    "enrichment.ProspectingException": "a setting, and why",
    "enrichment.Prospected": "ids of companies; gone after thirty days",
    "enrichment.SourceChoice": "a setting, and a sealed key of the organisation's",
    "enrichment.SourceUse": "figures",
    "enrichment.VatCheck": "companies, not people",
    "fields.CustomField": "what members write",
    "fields.Weight": "what members weigh",
    "appearance.Appearance": "how the organisation looks",
    "appearance.Picture": "pictures for everybody",
    "landing_pages.LandingPage": "what members write",
    "landing_pages.PageDay": "counts",
    "landing_pages.PageTest": "when variants were tried",
    "landing_pages.PageVariant": "what members write",
    "landing_pages.PageVersion": "what members write",
    "interests.InterestSetting": "a setting",
    "interests.Reconsidered": "ids, for seconds",
    "interests.Theme": "what members write",
    "interests.ThemeRule": "what members write",
    "learning.Learning": "figures",
    "handoffs.Contract": "what members promise each other",
    "handoffs.Notice": "ids and times",
    "handoffs.NoticeChoice": "what members choose",
    "lead_forms.FormDay": "counts",
    "lead_forms.FormFile": "documents for everybody",
    "lead_forms.FormVersion": "what members write",
    "lead_forms.LeadForm": "what members write",
    "lists.ListChoice": "what members choose",
    "lists.SavedView": "what members ask of a list; those that name somebody go (contacts/listing/forgetting.py)",
    "nurturing.Scenario": "what members write",
    "nurturing.Step": "what members write, with places for names",
    "organisations.ApiKey": "programs",
    "ratings.Rating": "what members say of touchpoints",
    "ratings.RatingChange": "what members say of touchpoints",
    "slots.Slot": "what members write",
    "slots.SlotAsk": "which pages ask for which places",
    "slots.SlotVersion": "what members write",
    "surveys.Survey": "what the organisation asks",
    "organisations.Invitation": "members",
    "organisations.Membership": "members",
    "partners.PartnerChange": "values of companies, for undoing; gone after thirty days",
    "partners.PartnerFile": "from whom, and figures",
    "personas.Persona": "what members write",
    "tracking.Hit": "what a browser sent, for seconds; dropped where its owner is erased",
    "tracking.Site": "a setting, and a sealed secret",
    "tracking.UsedProof": "hashes of links that were followed",
    "recognition.RecognitionRule": "what members say belongs to a touchpoint",
    "proofs.ErasedDirector": "keyed hashes, which is all that stays",
    "proofs.Proposal": "what sources say of companies",
    "proofs.Revision": "what sources changed in companies",
    "proofs.WinningRule": "a setting",
    "rights.ErasedId": "keyed hashes, which is all that stays",
    "rights.Retention": "a setting",
    "scoring.ModelVersion": "what members write",
    "scoring.Rule": "what members write",
    "segments.Segment": "what members write",
    "simulation.Simulation": "figures",
    "standings.CompanyStanding": "figures of companies",
    "standings.TouchedCompany": "companies, for a moment",
    "structure.Establishment": "companies, not people",
    "structure.GroupLink": "companies, not people",
    "tagging.Tag": "what members write",
    "touchpoints.ConsumerCursor": "figures",
    "touchpoints.InteractionKey": "keys of senders, forgotten after thirty days",
    "touchpoints.InteractionKind": "what members write",
    "touchpoints.Touchpoint": "what members write",
    "twins.TwinTrait": "counts",
    "webhooks.Webhook": "a setting, with a sealed secret",
    "webhooks.WebhookMessage": "ids of rows, read as the message leaves",
    "work.Job": "what is done, never to whom by name",
    "work.Wakeup": "times",
}


def test_every_reference_to_a_contact_is_held() -> None:
    held = {one.model for one in list_holdings()}
    missing = sorted({model._meta.label for model, _field in references_of(Contact) if model not in held})
    assert not missing, (
        f"say what {missing} hold on people and what erasing does to them: hold() of contacts.rights.registry, in the"
        " ready() of the app that owns the table"
    )


def test_every_table_says_what_it_holds_on_people_or_why_nothing() -> None:
    held = {one.model for one in list_holdings()}
    silent = sorted({model._meta.label for model in tenant_models() if model not in held} - set(NOTHING))
    assert not silent, f"hold() of contacts.rights.registry for {silent}, or a line in NOTHING that says why not"
    assert not set(NOTHING) & {model._meta.label for model in held}
    assert set(NOTHING) <= {model._meta.label for model in tenant_models()}


@pytest.mark.parametrize("part", ["delete", "blank"])
def test_what_refers_to_a_contact_is_removed_or_emptied(part: str) -> None:
    """A column that may hold anything is emptied, unless its row goes."""
    if part == "delete":
        assert all(one.delete or one.blank or one.emptied_by for one in list_holdings() if one.model is not Contact)
        return
    for one in list_holdings():
        if one.delete == "true" or one.emptied_by or one.model is Contact:
            continue
        loose = [
            field.column
            for field in one.model._meta.concrete_fields
            if isinstance(field, models.JSONField) and f"{field.column} =" not in one.blank
        ]
        # Of a file read without its header only the names of its columns can be somebody's.
        assert loose == (["sheets", "trial", "undone"] if one.table == "contacts_import" else [])


def test_every_holding_is_a_statement_the_database_understands(scoped: World) -> None:
    whom = Whom(scoped.organisation, [1], ["a@b.example"], ["k"], ["crm-1"], ["%a@b.example%"])
    with connection.cursor() as cursor:
        for one in list_holdings():
            columns = ", ".join(one.shows.values()) or "1"
            cursor.execute(f"SELECT {columns} FROM {one.table} t WHERE {one.rows}", whom.params)
            assert cursor.fetchall() == []
