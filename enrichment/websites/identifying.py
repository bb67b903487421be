"""The company behind a domain: the number its website names, and what the register has under it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils import timezone

from contacts.normalising import company_key
from enrichment.matching import MAX_CANDIDATES, MIN_NAME_LENGTH, judge
from enrichment.providers.outcomes import (
    Ambiguous,
    Found,
    Mention,
    NotFound,
    Outcome,
    Question,
    Reason,
    SiteProof,
    Unavailable,
)
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import SITE, Answer, has_websites
from enrichment.sources.choices import is_switched_on
from enrichment.turns import Caller
from enrichment.use import seconds_over_allowance

AskRegister = Callable[[Question], Answer]

# Companies of a notice the register is asked about.
MOST_ASKED = 3
# The register's name, and the domain's or that of the base, say the same.
NAME_BONUS, BEST = 0.03, 0.98
# The base calls the company otherwise than the register does, or it is closed: never written without a person.
DOUBTFUL = 0.84
MARGIN = 0.05


def identify(
    question: Question,
    answer: Answer,
    *,
    ask_register: AskRegister,
    caller: Caller,
    known: Sequence[Mention] = (),
) -> Answer:
    """Ask the website where the register could not tell the company by its name; else return the register's answer.

    `known`: companies at which people of the domain work; with a site that names nobody, a person chooses from them.
    """
    if not is_open(question, answer.outcome):
        return answer
    said = _ask_site(question.domain, caller)
    if isinstance(said, Unavailable):
        return _unless_choice(answer, said)
    proof = said.site if isinstance(said, Found | Ambiguous) else None
    proof = _with_known(proof, question.domain, known)
    if proof is None:
        # A choice of the register's by the name is better than nothing.
        return answer if isinstance(answer.outcome, Ambiguous) or question.name else Answer(answer.provider, said)
    return _look_up(question, answer, proof, ask_register)


def is_open(question: Question, outcome: Outcome) -> bool:
    """Tell whether a domain may lead to a company that the register could not tell by its name."""
    is_by_number = bool(question.siren or question.siret)
    return bool(question.domain) and not is_by_number and isinstance(outcome, Ambiguous | NotFound)


def reads_sites(organisation_id: int) -> bool:
    """Tell whether an organisation's questions may go to websites. One query at most."""
    return has_websites() and is_switched_on(SITE.name, organisation_id)


def _ask_site(domain: str, caller: Caller) -> Outcome:
    if not reads_sites(caller.organisation_id):
        return NotFound("not_read")
    seconds = seconds_over_allowance(SITE.name, caller)
    if seconds is not None:
        return Unavailable(Reason.ALLOWANCE, seconds, asked=False)
    return SITE.ask(Question(domain=domain), caller=caller)


def _with_known(proof: SiteProof | None, domain: str, known: Sequence[Mention]) -> SiteProof | None:
    """Add the companies where the domain's people work to what its site says."""
    if not known:
        return proof
    said = proof or SiteProof(domain, timezone.now().isoformat(timespec="seconds"))
    sirens = {one.siren for one in said.mentions}
    return replace(said, mentions=(*said.mentions, *(one for one in known if one.siren not in sirens)))


def _unless_choice(answer: Answer, trouble: Unavailable) -> Answer:
    return answer if isinstance(answer.outcome, Ambiguous) else Answer(answer.provider, trouble)


def _look_up(question: Question, answer: Answer, proof: SiteProof, ask_register: AskRegister) -> Answer:
    """Return the register's records of the numbers a site names, weighed anew by what the register says of them."""
    weighed: list[tuple[float, CompanyRecord]] = []
    mentions: list[Mention] = []
    provider = answer.provider
    for mention in proof.mentions[:MOST_ASKED]:
        told = ask_register(Question(siren=mention.siren))
        if isinstance(told.outcome, Unavailable):
            return _unless_choice(answer, told.outcome)
        if isinstance(told.outcome, Found):
            provider = told.provider
            score = _score(question, mention.score, told.outcome.record) if mention.url else mention.score
            weighed.append((score, told.outcome.record))
            mentions.append(replace(mention, score=score))
    if not weighed:
        why = NotFound("unknown_number")
        return answer if isinstance(answer.outcome, Ambiguous) else Answer(provider, why)
    weighed.sort(key=lambda one: -one[0])
    known = SiteProof(proof.domain, proof.at, tuple(sorted(mentions, key=lambda one: -one.score)))
    return Answer(provider, _choose(weighed, known, answer.outcome))


def _choose(weighed: list[tuple[float, CompanyRecord]], proof: SiteProof, by_name: Outcome) -> Outcome:
    """Take the surest; companies the register found by the name stand behind those the site names."""
    records = [record for _score, record in weighed]
    sirens = {record.siren for record in records}
    named = by_name.candidates if isinstance(by_name, Ambiguous) else ()
    records += [record for record in named if record.siren not in sirens]
    best = weighed[0][0]
    is_shown = bool(proof.mentions[0].url)
    if not is_shown or (len(weighed) > 1 and best - weighed[1][0] < MARGIN):
        return Ambiguous(tuple(records[:MAX_CANDIDATES]), site=proof)
    return Found(records[0], score=best, others=tuple(records[1:MAX_CANDIDATES]), site=proof)


def _score(question: Question, score: float, record: CompanyRecord) -> float:
    """Weigh a number by whether the register's names agree with what is known."""
    if record.is_closed:
        return min(score, DOUBTFUL)
    if len(company_key(question.name)) >= MIN_NAME_LENGTH:
        agrees = judge(question, record) is not None
        return round(min(score + NAME_BONUS, BEST), 4) if agrees else min(score, DOUBTFUL)
    label = question.domain.partition(".")[0].replace("-", "")
    names = [
        company_key(name).replace(" ", "") for name in (record.name, *record.trading_names, record.acronym) if name
    ]
    agrees = any(label and (label in name or (len(name) > 3 and name in label)) for name in names)
    return round(min(score + NAME_BONUS, BEST), 4) if agrees else score
