"""A file cut into chunks of clean rows; lines of one key are folded into the last of them, over the whole file.

So an import writes each contact once, the same file gives the same base however often it runs, and where a killed
run goes on does not matter: what was folded before is found again by reading the file from its beginning.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from contacts.importing.checking import CleanRow, RowChecker, RowProblemError
from contacts.importing.reading import Row

# Rows in one transaction: it then lasts a few seconds, its memory stays below 100 MB, and the cost of a transaction
# is spread (measured: 5,000 rows take 15 % longer a row, 50,000 no less).
CHUNK_ROWS = 20_000
# Rows between two signs of life while the file is only read.
_HEARTBEAT_ROWS = 200_000


@dataclass(slots=True)
class Reject:
    """A row set aside: where, why, which value of which column, and the row as it stood."""

    line: int
    reason: str
    column: str = ""
    value: str = ""
    cells: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StagedRow:
    """A clean row with the earlier lines of its key that were folded into it."""

    row: Row
    clean: CleanRow
    folded: list[Row] = field(default_factory=list)
    changed: int = 0
    same: int = 0


@dataclass
class Chunk:
    """What goes into one transaction: rows `begin` to `end` of the file, counted from 0."""

    begin: int
    end: int = 0
    staged: list[StagedRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True)
class Survey:
    """What one reading of the file found: how many rows, and the keys that stand on several of them."""

    rows: int
    repeated: dict[int, int]


def survey(rows: Iterable[Row], checker: RowChecker, alive: Callable[[int], None] | None = None) -> Survey:
    """Count rows and repeated keys. Memory: eight bytes a row. `alive` hears of every 200,000 rows."""
    hashes = array("q")
    total = 0
    for row in rows:
        total += 1
        if key := checker.key_of(row):
            hashes.append(hash(key))
        if alive and total % _HEARTBEAT_ROWS == 0:
            alive(total)
    values, counts = np.unique(np.frombuffer(hashes, dtype=np.int64), return_counts=True)
    several = counts > 1
    return Survey(total, dict(zip(values[several].tolist(), counts[several].tolist(), strict=True)))


def cut(
    rows: Iterable[Row], checker: RowChecker, repeated: dict[int, int], *, skip: int = 0, size: int = CHUNK_ROWS
) -> Iterator[Chunk]:
    """Yield the chunks after the first `skip` rows; those are only read for the keys that repeat."""
    folder = _Folder(checker, repeated)
    chunk = Chunk(skip)
    number = 0
    for row in rows:
        number += 1
        if number <= skip:
            folder.replay(row)
            continue
        folder.take(row, chunk)
        if number % size == 0:
            chunk.end = number
            yield chunk
            chunk = Chunk(number)
    chunk.end = number
    if chunk.end > chunk.begin:
        yield chunk


class _Folder:
    """Holds back the lines of a key until its last one."""

    def __init__(self, checker: RowChecker, repeated: dict[int, int]) -> None:
        self.checker = checker
        self.left: Counter[int] = Counter(repeated)
        self.held: dict[int, StagedRow] = {}

    def take(self, row: Row, chunk: Chunk) -> None:
        """Put a row into the chunk, hold it back, or set it aside."""
        key = self._repeated_key(row)
        try:
            staged: StagedRow | None = StagedRow(row, self.checker.check(row))
        except RowProblemError as problem:
            staged = None
            chunk.rejects.append(Reject(row.line, problem.reason, problem.column, problem.value, row.cells))
        if key is not None:
            staged = self._fold(key, staged)
        if staged is not None:
            chunk.staged.append(staged)

    def replay(self, row: Row) -> None:
        """Remember what a row of an earlier run had held back."""
        if self._repeated_key(row) is not None:
            self.take(row, Chunk(0))

    def _repeated_key(self, row: Row) -> int | None:
        if not self.left:
            return None
        key = self.checker.key_of(row)
        number = hash(key) if key else None
        return number if number in self.left else None

    def _fold(self, key: int, staged: StagedRow | None) -> StagedRow | None:
        """Return what is to be written: nothing before the key's last line."""
        self.left[key] -= 1
        held = self.held.pop(key, None)
        if held is not None and staged is not None:
            differs = held.clean.fold_into(staged.clean)
            staged.folded = [*held.folded, held.row]
            staged.changed, staged.same = held.changed + differs, held.same + (not differs)
        staged = staged or held
        if self.left[key] > 0 and staged is not None:
            self.held[key] = staged
            return None
        return staged
