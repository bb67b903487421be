"""Pure rules of sending: bounces, back-off, the letter."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nurturing.envelopes import Letter, Sender
from nurturing.retrying import FIRST_WAIT, JITTER, LONGEST_WAIT, wait_before_retry
from nurturing.transport import is_hard_bounce
from nurturing.wording import join_wait, split_wait, wait_words


@pytest.mark.parametrize(
    ("code", "words", "hard"),
    [
        (550, "5.1.1 User unknown", True),
        (550, "5.1.10 Null MX", True),
        (550, "5.2.1 Mailbox disabled", True),
        (550, "No such user here", True),
        (553, "Not allowed", True),
        (550, "5.7.1 Blocked using a list", False),
        (550, "5.2.2 Over quota", False),
        (552, "Too much mail data", False),
        (554, "Transaction failed", False),
    ],
)
def test_only_an_address_that_does_not_work_is_a_hard_bounce(code: int, words: str, hard: bool) -> None:
    assert is_hard_bounce(code, f"{code} {words}") is hard


@given(st.integers(1, 1000), st.floats(0, 1))
def test_the_wait_doubles_up_to_the_longest_with_a_little_chance(attempts: int, chance: float) -> None:
    wait = wait_before_retry(attempts, chance)
    middle = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    assert middle * (1 - JITTER) - timedelta(seconds=1) <= wait <= middle * (1 + JITTER) + timedelta(seconds=1)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400),
)
def test_a_letter_is_read_as_it_was_written(subject: str, text: str) -> None:
    subject = " ".join(subject.split())
    letter = Letter(
        sender=Sender("Léa, de Solvane", "lea@solvane.example"),
        address="ines@acme.example",
        name="Inès «Roux»",
        subject=subject,
        text=f"{text}\n.\nend  \n",
        html=f"<p>é</p>{'x' * 2000}",
        message_id="<prm.1.2.abc@solvane.example>",
        unsubscribe_url="https://p.example/u/1/",
        list_name="Réveil",
        list_code="scenario-1.solvane",
    )
    raw = letter.as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = message_from_bytes(raw, policy=policy.default)
    assert " ".join(str(read["Subject"]).split()) == " ".join(subject.split())
    assert read["From"].addresses[0].display_name == "Léa, de Solvane"
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == f"{text}\n.\nend  "
    assert rich.get_content().replace("\r\n", "\n").rstrip("\n") == letter.html


@given(st.integers(1, 10_000), st.sampled_from(["minutes", "hours", "days"]))
def test_a_wait_keeps_its_length(amount: int, unit: str) -> None:
    seconds = join_wait(amount, unit)
    assert join_wait(*split_wait(seconds)) == seconds


def test_a_wait_in_words() -> None:
    with translation.override("en"):
        words = [wait_words(seconds) for seconds in (86400, 259200, 7200, 60)]
    assert words == ["1 day", "3 days", "2 hours", "1 minute"]
