"""The local directory as a source: INSEE's stock files, loaded by `manage.py load_sirene`. Asks no network."""

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
        number = question.siren or question.siret
        if number:
            record = searching.find_by_number(number)
            return Found(record) if record else NotFound()
        load = searching.find_load()
        if load is None or len(question.name.strip()) < MIN_NAME_LENGTH:
            return NotFound()
        return self._by_name(question, searching.moment_of(load.as_of))

    def _by_name(self, question: Question, as_of: str) -> Outcome:
        nearby: tuple[CompanyRecord, ...] = ()
        if question.postcode:
            found = searching.find_namesakes(question, as_of=as_of, only_here=True)
            nearby = found.records
            outcome = choose(question, nearby, only_here=True)
            if not found.is_cut and (isinstance(outcome, Found) or has_namesake(question, nearby)):
                return outcome
        everywhere = searching.find_namesakes(question, as_of=as_of, only_here=False)
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
