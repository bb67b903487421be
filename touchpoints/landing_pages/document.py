"""What a landing page says, as one value: kept as JSON, in the draft of a variant and in every published version."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    """What stands on a page."""

    TITLE = "title"
    TEXT = "text"
    PICTURE = "picture"
    PROOF = "proof"
    FORM = "form"


class ProofKind(StrEnum):
    """What makes a promise believable."""

    QUOTE = "quote"
    FIGURES = "figures"
    LOGOS = "logos"


@dataclass(frozen=True)
class Figure:
    """One figure of a proof: "42 %", "fewer lost leads"."""

    value: str
    label: str = ""


@dataclass(frozen=True)
class Logo:
    """One logo of a proof, with whose it is."""

    picture_id: int
    alt: str


@dataclass(frozen=True)
class Block:
    """One part of a page. `key` names it in addresses, and never changes."""

    key: str
    kind: BlockKind
    # Of a title, a text and a proof.
    title: str = ""
    subtitle: str = ""
    # Of a text: Markdown; of a quote: what was said.
    text: str = ""
    # Of a title: the words of the button that leads to the form.
    button: str = ""
    picture_id: int | None = None
    alt: str = ""
    proof: ProofKind = ProofKind.QUOTE
    # Who said it.
    name: str = ""
    role: str = ""
    company: str = ""
    figures: tuple[Figure, ...] = ()
    logos: tuple[Logo, ...] = ()
    form_id: int | None = None

    @property
    def picture_ids(self) -> set[int]:
        """The pictures it shows."""
        own = {self.picture_id} if self.picture_id and self.kind == BlockKind.PICTURE else set()
        logos = self.logos if self.kind == BlockKind.PROOF and self.proof == ProofKind.LOGOS else ()
        return own | {one.picture_id for one in logos}


@dataclass(frozen=True)
class Document:
    """Everything a variant of a page says."""

    # What search engines and networks show; empty: the first title and its subtitle.
    seo_title: str = ""
    description: str = ""
    # Beside a link to the page; none: the first picture of the page.
    picture_id: int | None = None
    is_indexed: bool = True
    # The form stands beside everything else, where there is room.
    is_beside: bool = False
    blocks: tuple[Block, ...] = ()

    def find(self, key: str) -> Block | None:
        """Return the block with this key."""
        return next((one for one in self.blocks if one.key == key), None)

    def with_blocks(self, blocks: Iterable[Block]) -> "Document":
        """Return the same with other blocks."""
        return replace(self, blocks=tuple(blocks))

    @property
    def first_title(self) -> Block | None:
        """The title that stands first."""
        return next((one for one in self.blocks if one.kind == BlockKind.TITLE), None)

    @property
    def heading(self) -> str:
        """What the page is called in browsers and by search engines; "" where nothing says so."""
        first = self.first_title
        return self.seo_title or (first.title if first else "")

    @property
    def summary(self) -> str:
        """What stands below it there."""
        first = self.first_title
        return self.description or (first.subtitle if first else "")

    @property
    def form_ids(self) -> list[int]:
        """The forms it shows, in their order, each once."""
        ids = [one.form_id for one in self.blocks if one.kind == BlockKind.FORM and one.form_id]
        return list(dict.fromkeys(ids))

    @property
    def picture_ids(self) -> set[int]:
        """The pictures it shows."""
        own = {self.picture_id} if self.picture_id else set()
        return own.union(*(one.picture_ids for one in self.blocks))

    @property
    def shared_picture_id(self) -> int | None:
        """The picture beside a link to it."""
        first = (one.picture_id for one in self.blocks if one.kind == BlockKind.PICTURE and one.picture_id)
        return self.picture_id or next(first, None)


def read_document(stored: Mapping[str, Any]) -> Document:
    """Return what was stored; what is missing has its default."""
    values = {name: value for name, value in stored.items() if name in _names(Document)}
    values["blocks"] = tuple(_read_block(one) for one in stored.get("blocks", ()))
    return Document(**values)


def _read_block(stored: Mapping[str, Any]) -> Block:
    values = {name: value for name, value in stored.items() if name in _names(Block)}
    values |= {
        "kind": BlockKind(stored["kind"]),
        "proof": ProofKind(stored.get("proof", ProofKind.QUOTE)),
        "figures": tuple(Figure(**one) for one in stored.get("figures", ())),
        "logos": tuple(Logo(**one) for one in stored.get("logos", ())),
    }
    return Block(**values)


def write_document(document: Document) -> dict[str, Any]:
    """Return what is stored, without what is as usual."""
    stored = _without_usual(document, Document())
    stored["blocks"] = [_without_usual(one, Block("", BlockKind.TITLE)) for one in document.blocks]
    return stored


def _without_usual(value: Any, usual: Any) -> dict[str, Any]:
    known = asdict(usual)
    told = {name: one for name, one in asdict(value).items() if one != known[name] or name in {"key", "kind"}}
    # As JSON gives it back, so that what was stored compares with what would be.
    stored: dict[str, Any] = json.loads(json.dumps(told))
    return stored


def _names(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))
