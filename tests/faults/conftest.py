"""One portal for all faults that leave its database alone, and the table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.ledger import check_ledger, lost, read_books
from tests.faults.portal import Portal
from tests.faults.students import Student

SEATS = 220
NOTES = pytest.StashKey[list[str]]()
TABLE = pytest.StashKey[list[table.Row]]()

Note = Callable[[str, Portal, Sequence[Student], int], int]
Tell = Callable[[str], None]
Settle = Callable[[str, Portal, Sequence[Student], int], None]


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    with Portal(SEATS) as portal:
        yield portal


@pytest.fixture
def mortal() -> Iterator[Portal]:
    """A portal of the test's own, whose database may be killed."""
    with Portal(8) as portal:
        yield portal


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Note:
    """Adds a fault to the table and returns how many acknowledged entries it lost."""

    def note(fault: str, portal: Portal, students: Sequence[Student], strikes: int) -> int:
        with portal.database() as database:
            books = read_books(database, students)
        gone = len(lost(books, students))
        figures = (
            strikes,
            sum(len(student.told) for student in students),
            len(books.events),
            gone,
            books.duplicates,
            sum(student.repeated for student in students),
        )
        gap = max(student.longest_gap for student in students)
        row = (fault, *map(str, figures), f"{gap:.1f} s" if gap else "-")
        pytestconfig.stash.setdefault(TABLE, []).append(row)
        return gone

    return note


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Tell:
    """Adds a line below the table."""
    return pytestconfig.stash.setdefault(NOTES, []).append


@pytest.fixture
def settle(note: Note) -> Settle:
    """How every fault test ends: its row in the table, then the ledger check."""

    def settle(fault: str, portal: Portal, students: Sequence[Student], strikes: int = 1) -> None:
        note(fault, portal, students, strikes)
        assert sum(len(student.told) for student in students) > 0
        check_ledger(portal, students)

    return settle


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", type=Path, help="write the page of the faults, too")


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    rows, notes = config.stash.get(TABLE, []), config.stash.get(NOTES, [])
    if not rows:
        return
    terminalreporter.section("faults")
    for line in table.lines(rows, notes):
        terminalreporter.line(line)
    path = config.getoption("--write-table", None)
    if path is not None:
        table.write(path, rows, notes)
