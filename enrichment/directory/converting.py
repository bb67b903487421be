"""Pieces of a stock file become lines for COPY, in processes of their own: that is what a load costs most.

The processes know neither Django's apps nor the database. Each answers one piece at a time by a pipe of its own, and
ends when the other end of it is gone, however the loader died.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from enrichment.directory.columns import (
    BadRowError,
    Choice,
    Convert,
    Latest,
    Row,
    convert_establishments,
    convert_units,
)
from enrichment.directory.reading import Kind, Piece, StockFile, UnusableFileError, open_stock
from prm.work.texts import is_storable

# One COPY takes what four of them make.
MOST_PROCESSES = 4
# Fewer pieces than these are converted sooner than a process has begun.
FEW_PIECES = 4


@dataclass(frozen=True)
class Converted:
    """What became of a piece."""

    # For COPY, each ended.
    lines: bytes
    kept: int
    # Line and reason.
    rejected: Sequence[tuple[int, str]]
    # The last change seen so far, ISO; "" for none.
    latest: str


ConvertAll = Callable[[Iterable[Piece]], Iterator[tuple[Piece, Converted]]]


class LostProcessError(Exception):
    """A process that converts has ended, not by our doing."""


def usual_processes() -> int:
    """Return in how many processes this machine converts best."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


class Converter:
    """Converts pieces of one file, here."""

    def __init__(self, stock: StockFile, choice: Choice, limit: str) -> None:
        self._stock, self._latest = stock, Latest(limit)
        make = convert_units if stock.kind == Kind.UNITS else convert_establishments
        self._convert = make(stock.places, choice, self._latest)

    def convert(self, piece: Piece) -> Converted:
        """Return the lines of what is wanted of a piece, and which rows were refused."""
        lines: list[str] = []
        rejected: list[tuple[int, str]] = []
        block, width = self._stock.block(piece), self._stock.width
        for number, row in block.rows:
            if not row:
                continue
            try:
                line = _line(self._convert, row, width, is_suspect=block.is_suspect)
            except BadRowError as error:
                rejected.append((number, str(error)))
                continue
            if line:
                lines.append(line)
        text = "\n".join(lines) + "\n" if lines else ""
        return Converted(text.encode(), len(lines), rejected, self._latest.moment)


@contextmanager
def converting(stock: StockFile, choice: Choice, limit: str, *, processes: int) -> Iterator[ConvertAll]:
    """Give what converts a file's pieces, in their order, in so many processes where that is worth while.

    It raises what reading raises, and LostProcessError.
    """
    started: list[tuple[BaseProcess, Connection]] = []

    def convert_all(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Converted]]:
        pieces = iter(pieces)
        first = list(islice(pieces, FEW_PIECES))
        if processes < 2 or len(first) < FEW_PIECES:
            here = Converter(stock, choice, limit)
            for piece in chain(first, pieces):
                yield piece, here.convert(piece)
            return
        started.extend(_start(stock, choice, limit) for _ in range(processes))
        yield from _by_turns(chain(first, pieces), [pipe for _process, pipe in started])

    try:
        yield convert_all
    finally:
        for process, pipe in started:
            pipe.close()
            process.terminate()
            process.join()


def _by_turns(pieces: Iterable[Piece], pipes: Sequence[Connection]) -> Iterator[tuple[Piece, Converted]]:
    """Give each process a piece, and the next one once it has answered: none has two, so nobody waits in a ring."""
    waiting: deque[tuple[Piece, Connection]] = deque()
    free = deque(pipes)
    for piece in pieces:
        answered: tuple[Piece, Converted] | None = None
        if not free:
            before, pipe = waiting.popleft()
            answered = before, _answer(pipe)
            free.append(pipe)
        pipe = free.popleft()
        _send(pipe, piece)
        waiting.append((piece, pipe))
        if answered:
            yield answered
    for before, pipe in waiting:
        yield before, _answer(pipe)


def _start(stock: StockFile, choice: Choice, limit: str) -> tuple[BaseProcess, Connection]:
    # Not forked: a copy of this process would hold the connection to the database, and the loader's lock with it.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, stock.path, choice, limit), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _send(pipe: Connection, piece: Piece) -> None:
    try:
        pipe.send(piece)
    except OSError as error:
        raise LostProcessError from error


def _answer(pipe: Connection) -> Converted:
    try:
        answer: Converted | UnusableFileError = pipe.recv()
    except (EOFError, OSError) as error:
        raise LostProcessError from error
    if isinstance(answer, UnusableFileError):
        raise answer
    return answer


def _serve(pipe: Connection, path: Path, choice: Choice, limit: str) -> None:
    """Convert what comes, until nobody is at the other end."""
    # Whoever presses Ctrl-C ends the loader, and that ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    converter = Converter(open_stock(path), choice, limit)
    with suppress(EOFError, OSError):
        while True:
            piece = pipe.recv()
            try:
                pipe.send(converter.convert(piece))
            except UnusableFileError as error:
                pipe.send(error)


def _line(convert: Convert, row: Row, width: int, *, is_suspect: bool) -> str:
    if len(row) != width:
        raise BadRowError(f"{len(row)} columns instead of {width}")
    line = convert(row)
    if is_suspect and not is_storable(line):
        raise BadRowError("characters that are not UTF-8")
    return line
