"""Rows converted in processes of their own: the same lines, in the file's order, and what goes wrong is told."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from enrichment.directory.columns import Choice
from enrichment.directory.converting import Converted, LostProcessError, converting
from enrichment.directory.reading import Piece, Position, StockFile, UnusableFileError, open_stock
from tests.enrichment.directory.stock import person, unit, write_units, zipped

LIMIT = "2026-11-30T00:00:00"
NUMBER = 400


@pytest.fixture
def units(tmp_path: Path) -> Path:
    rows = [
        unit("not a number") if number == 210 else person(f"{300000000 + number}", "Zoé", f"D’Arc {number}")
        for number in range(NUMBER)
    ]
    return write_units(tmp_path, rows)


def convert(stock: StockFile, processes: int) -> list[tuple[Piece, Converted]]:
    with converting(stock, Choice(), LIMIT, processes=processes) as convert_all:
        return list(convert_all(stock.pieces(Position())))


@pytest.mark.parametrize("is_zipped", [False, True])
def test_processes_give_the_same_lines_in_the_same_order_as_one(units: Path, *, is_zipped: bool) -> None:
    stock = open_stock(zipped(units) if is_zipped else units, block_bytes=4000)

    here, beside = convert(stock, 1), convert(stock, 3)

    assert len(here) > 10
    assert [piece for piece, _made in beside] == [piece for piece, _made in here]
    assert [made.lines for _piece, made in beside] == [made.lines for _piece, made in here]
    assert sum(made.kept for _piece, made in beside) == NUMBER - 1
    assert [made.rejected for _piece, made in beside if made.rejected] == [[(212, "siren is not nine digits")]]
    assert "D’Arc 399" in beside[-1][1].lines.decode()


def test_few_pieces_are_converted_here(units: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_arguments: object) -> None:
        raise AssertionError("a process for one piece")

    monkeypatch.setattr("enrichment.directory.converting._start", start)

    assert sum(made.kept for _piece, made in convert(open_stock(units), 3)) == NUMBER - 1


def test_a_process_that_is_killed_is_told_and_none_is_left(units: Path) -> None:
    with pytest.raises(LostProcessError):
        convert_and_kill(open_stock(units, block_bytes=4000))

    assert children() == []


def test_what_reading_refuses_is_raised_and_none_is_left(units: Path) -> None:
    stock = open_stock(units, block_bytes=4000)

    def cut(pieces: Iterator[Piece]) -> Iterator[Piece]:
        for place, piece in enumerate(pieces):
            if place == 6:
                raise UnusableFileError("The file ends in the middle.")
            yield piece

    with (
        pytest.raises(UnusableFileError, match="in the middle"),
        converting(stock, Choice(), LIMIT, processes=2) as convert_all,
    ):
        list(convert_all(cut(stock.pieces(Position()))))

    assert children() == []


def convert_and_kill(stock: StockFile) -> None:
    with converting(stock, Choice(), LIMIT, processes=2) as convert_all:
        for place, _made in enumerate(convert_all(stock.pieces(Position()))):
            if place == 2:
                os.kill(children()[0], signal.SIGKILL)


def children() -> list[int]:
    """Return the converting processes of this one."""
    text = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return [int(one) for one in text.split() if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
