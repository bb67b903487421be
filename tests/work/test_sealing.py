"""Keys of other services in the database are of no use without the installation's own."""

from typing import Any

from prm.work.sealing import seal, unseal


def test_what_is_sealed_comes_back_and_never_looks_the_same() -> None:
    one, other = seal("clé secrète"), seal("clé secrète")

    assert one != other
    assert "secr" not in one
    assert (unseal(one), unseal(other)) == ("clé secrète", "clé secrète")


def test_a_new_sealing_key_reads_what_the_older_ones_sealed(settings: Any) -> None:
    by_secret_key = seal("a")
    settings.SEALING_KEYS = ["first"]
    by_first = seal("b")
    settings.SEALING_KEYS = ["second", "first"]

    assert (unseal(by_secret_key), unseal(by_first)) == ("a", "b")
    settings.SEALING_KEYS = ["second"]
    assert unseal(by_first) is None


def test_what_was_tampered_with_is_nothing() -> None:
    sealed = seal("a")

    assert unseal(sealed[:-4] + "AAAA") is None
    assert unseal("no seal") is None
