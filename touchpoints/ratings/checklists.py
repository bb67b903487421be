"""What makes a touchpoint well made, channel by channel: statements that hold or not, and the quality they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from touchpoints.models import Channel


class Holds(models.IntegerChoices):
    """Whether a statement holds. What does not apply is left out."""

    YES = 2, pgettext_lazy("checklist", "Yes")
    PARTLY = 1, pgettext_lazy("checklist", "Partly")
    NO = 0, pgettext_lazy("checklist", "No")


@dataclass(frozen=True)
class Item:
    """One statement; its code stays, whatever becomes of its words."""

    code: str
    text: str | Promise


_TARGET = Item("target", _("It reaches the people we look for"))
_PERSONAL = Item("personal", _("It speaks of the person’s own situation, not to everybody"))
_NEXT_STEP = Item("next_step", _("It ends with one clear next step"))
_FOLLOW = Item("follow", _("Everybody hears from us again within a week"))
_WELCOME = Item("welcome", _("Everybody is welcomed and knows whom to talk to"))
_COLLECTED = Item("collected", _("Who came is noted, with their consent"))
_NOTED = Item("noted", _("What was said is noted the same day"))
_LISTENS = Item("listens", _("Needs are asked for before the offer is made"))

CHECKLISTS: Mapping[str, Sequence[Item]] = {
    Channel.WEBSITE: (
        Item("found", _("People find it, from the home page and from a search engine")),
        Item("clear", _("What it is for is clear within five seconds")),
        Item("phone", _("It works on a phone and is there within three seconds")),
        Item("proof", _("It gives proof: customers, figures, names")),
        Item("sparing", _("It asks for no more than is needed, and says what comes next")),
        _NEXT_STEP,
    ),
    Channel.EMAIL: (
        Item("sender", _("Sender and subject say who writes and why")),
        _PERSONAL,
        Item("one_topic", _("It has one topic and one thing to do")),
        Item("readable", _("It reads well on a phone, and without its pictures")),
        Item("timely", _("It comes when it is of use, and not too often")),
        Item("leave", _("Leaving takes one click")),
    ),
    Channel.PHONE: (
        Item("reached", _("Somebody answers, or calls back within the day")),
        Item("knows", _("Whoever speaks knows what happened before")),
        _LISTENS,
        Item("guide", _("There is a call guide, and it is used")),
        _NEXT_STEP,
        _NOTED,
    ),
    Channel.EVENT: (
        _TARGET,
        Item("invited", _("Invitations go out in time, with a reason to come")),
        _WELCOME,
        Item("answers", _("What is shown answers questions people really have")),
        _COLLECTED,
        _FOLLOW,
    ),
    Channel.SOCIAL: (
        Item("profile", _("The profile says who we are and how to reach us")),
        _TARGET,
        Item("regular", _("Something is published regularly")),
        Item("useful", _("What is published is of use to them, not to us alone")),
        Item("answered", _("Questions are answered within a day")),
        Item("leads", _("Each publication leads somewhere")),
    ),
    Channel.PAID_MEDIA: (
        _TARGET,
        Item("customers_out", _("Customers are left out")),
        Item("promise", _("The page behind it keeps what the advertisement promises")),
        Item("variants", _("Several versions run against each other")),
        Item("frequency", _("Nobody sees it too often")),
        Item("cost", _("What a prospect costs there is known")),
    ),
    Channel.PARTNER: (
        _TARGET,
        Item("explains", _("The partner can explain what we offer")),
        Item("material", _("The partner has material that is up to date")),
        Item("fast", _("Whom they send us hears from us within a day")),
        Item("told", _("The partner is told what became of them")),
        Item("written", _("Who does what is written down")),
    ),
    Channel.MAIL: (
        _TARGET,
        _PERSONAL,
        Item("useful", _("There is something in it worth keeping")),
        Item("call", _("It says what to do, with a number or an address of its own")),
        Item("told_apart", _("Its answers can be told from others")),
        _FOLLOW,
    ),
    Channel.POINT_OF_SALE: (
        Item("found", _("It is easy to find, and open when people have time")),
        _WELCOME,
        _LISTENS,
        Item("tried", _("People can see and try what they came for")),
        _COLLECTED,
        _FOLLOW,
    ),
    Channel.MEETING: (
        Item("prepared", _("What is known of the person was read before")),
        Item("agenda", _("The person knew beforehand what it would be about")),
        _LISTENS,
        Item("proof", _("It gives proof: customers, figures, names")),
        _NEXT_STEP,
        _NOTED,
    ),
}


def items_of(channel: str) -> Sequence[Item]:
    """Return the checklist of a channel."""
    return CHECKLISTS.get(channel, ())


def least_answers(items: Sequence[Item]) -> int:
    """Return how many statements have to be answered to speak of quality: half of them."""
    return (len(items) + 1) // 2


def quality_of(items: Sequence[Item], answers: Mapping[str, int]) -> float | None:
    """Return the quality, 1-5 to one decimal; None while fewer than half of the statements are answered.

    Nothing holds: 1; everything: 5; what holds partly is half.
    """
    said = [answers[item.code] for item in items if item.code in answers]
    if len(said) < least_answers(items) or not said:
        return None
    return round(1 + 4 * sum(said) / (Holds.YES * len(said)), 1)
