"""What a person did last, in words: the room that keeps the log knows them and says so at start-up."""

from collections.abc import Callable


def _plain(code: str) -> str:
    return code.replace("_", " ").capitalize()


_namer: list[Callable[[str], str]] = [_plain]


def register_namer(namer: Callable[[str], str]) -> None:
    """Say who knows the name of a kind of act; called from AppConfig.ready."""
    _namer[:] = [namer]


def act_name(code: str) -> str:
    """Return the name of a kind of act in the current language; empty for none."""
    return _namer[0](code) if code else ""
