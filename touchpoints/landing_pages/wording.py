"""What is said of landing pages in words: blocks, and what a test says."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from prm.web.figures import figure
from touchpoints.landing_pages.document import Block, BlockKind, ProofKind
from touchpoints.landing_pages.judging import LEAST_SENT, LEAST_VIEWS, Judgement, Outcome

KINDS: dict[str, str | Promise] = {
    BlockKind.TITLE: pgettext_lazy("block", "Title"),
    BlockKind.TEXT: pgettext_lazy("block", "Text"),
    BlockKind.PICTURE: pgettext_lazy("block", "Picture"),
    f"proof:{ProofKind.QUOTE}": gettext_lazy("What somebody says"),
    f"proof:{ProofKind.FIGURES}": gettext_lazy("Figures"),
    f"proof:{ProofKind.LOGOS}": gettext_lazy("Logos"),
    BlockKind.FORM: pgettext_lazy("block", "Form"),
}
ICONS: dict[str, str] = {
    BlockKind.TITLE: "flag",
    BlockKind.TEXT: "list",
    BlockKind.PICTURE: "eye",
    f"proof:{ProofKind.QUOTE}": "chat",
    f"proof:{ProofKind.FIGURES}": "chart",
    f"proof:{ProofKind.LOGOS}": "company",
    BlockKind.FORM: "form",
}


def code_of(block: Block) -> str:
    """Return what a block is, as KINDS calls it."""
    return f"proof:{block.proof}" if block.kind == BlockKind.PROOF else str(block.kind)


def name_of(block: Block, forms: dict[int, str]) -> str:
    """Return what a block is called in the editor."""
    if block.kind == BlockKind.FORM:
        said = forms.get(block.form_id or 0, "")
    elif block.kind == BlockKind.PICTURE:
        said = block.alt
    else:
        said = block.title or block.text
    said = " ".join(said.split())
    if len(said) > 70:
        said = f"{said[:69]}…"
    return said or str(KINDS[code_of(block)])


def say_judgement(judgement: Judgement, *, is_over: bool) -> str:
    """Say what a test says, in one or two sentences."""
    best = judgement.best
    if best is None:
        return _("Nobody has seen it yet.")
    if judgement.outcome == Outcome.TOO_FEW:
        if judgement.missing_views and not is_over:
            return ngettext(
                "Too few to say: at least %(least)s views of each variant are needed, %(figure)s more.",
                "Too few to say: at least %(least)s views of each variant are needed, %(figure)s more.",
                judgement.missing_views,
            ) % {"least": figure(LEAST_VIEWS), "figure": figure(judgement.missing_views)}
        return _("Too few to say: it takes %(views)s views and %(sent)s submissions of each variant.") % {
            "views": figure(LEAST_VIEWS),
            "sent": figure(LEAST_SENT),
        }
    if judgement.outcome == Outcome.OPEN:
        return _(
            "Nothing that could not be chance: %(letter)s does best so far, but equal variants would differ as much in"
            " %(percent)s %% of cases."
        ) % {
            "letter": best.letter,
            "percent": figure(100 * judgement.probability, 0),
        }
    return _(
        "%(letter)s does better: a difference as large would come by accident in less than %(percent)s %% of cases."
    ) % {
        "letter": best.letter,
        "percent": figure(max(100 * judgement.probability, 0.1), 1),
    }
