"""The local directory as a source: INSEE's stock files, loaded by `manage.py load_sirene`. Asks no network."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrichment.directory import searching
from enrichment.matching import MIN_NAME_LENGTH, choose, has_namesake
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Outcome, Question, SourceState
from enrichment.providers.records import CompanyRecord
from enrichment.turns import NOBODY, Caller, Pace


class LocalDirectory:
    """The provider. What it says is as old as its files: records carry their date."""

    name = "local_directory"
    source = "sirene"
    title: str | Promise = _("Local directory (SIRENE)")
    # Nobody counts.
    pace = Pace(200.0)

    def ask(self, question: Question, *, patience: float = 0.0, caller: Caller = NOBODY) -> Outcome:
        """Look up by SIREN or SIRET, else by name: at the postcode first, then everywhere, then by sound."""
        return self.ask_many([question])[0]

    def ask_many(self, questions: Sequence[Question]) -> list[Outcome]:
        """Look up many companies, each as if it were asked alone.

        Seven queries at most, and four more at most for each name that nobody bears as it is written.
        """
        records = searching.find_by_numbers([number for one in questions if (number := one.siren or one.siret)])
        found: dict[Question, Outcome] = {
            one: Found(record) for one in questions if (record := records.get(one.siren or one.siret))
        }
        named = [one for one in questions if not (one.siren or one.siret) and len(one.name.strip()) >= MIN_NAME_LENGTH]
        load = searching.find_load() if named else None
        if load is not None:
            found |= self._by_name(list(dict.fromkeys(named)), searching.moment_of(load.as_of))
        return [found.get(one, NotFound()) for one in questions]

    def _by_name(self, questions: Sequence[Question], as_of: str) -> dict[Question, Outcome]:
        outcomes: dict[Question, Outcome] = {}
        placed = [one for one in questions if one.postcode]
        nearby = searching.find_namesakes(placed, as_of=as_of, only_here=True)
        for question, found in nearby.items():
            outcome = choose(question, found.records, only_here=True)
            if not found.is_cut and (isinstance(outcome, Found) or has_namesake(question, found.records)):
                outcomes[question] = outcome
        rest = [one for one in questions if one not in outcomes]
        for question, found in searching.find_namesakes(rest, as_of=as_of, only_here=False).items():
            here = nearby[question].records if question in nearby else ()
            outcomes[question] = self._anywhere(question, here, found, as_of)
        return outcomes

    def _anywhere(
        self, question: Question, nearby: Sequence[CompanyRecord], everywhere: searching.Found, as_of: str
    ) -> Outcome:
        known = {record.siren for record in nearby}
        records = (*nearby, *(one for one in everywhere.records if one.siren not in known))
        outcome = choose(question, records)
        if everywhere.is_cut and isinstance(outcome, Found) and not question.postcode:
            # One of more than were read: it may not be the only one of its town.
            return Ambiguous((outcome.record,))
        if not isinstance(outcome, NotFound):
            return outcome
        return choose(question, searching.find_alike(question, as_of=as_of).records)

    def state(self, organisation_id: int = 0) -> SourceState:
        """Tell whether a directory is loaded."""
        load = searching.find_load()
        return SourceState(is_available=load is not None, answered_at=load.loaded_at if load else None)
