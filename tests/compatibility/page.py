"""docs/compatibility.md: made of what the tests report, and compared with it.

A test of compatibility says with `report` what it ran and read. `make compatibility` keeps these
reports and makes the page of them; in every other run the page has to list each of them.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.compatibility.tables import TABLES, Table

PAGE = Path(__file__).parents[2] / "docs/compatibility.md"
RECORDS_VARIABLE = "COMPATIBILITY_RECORDS"
"""Names the directory where reports are kept instead of compared."""

SEPARATOR = ", "
NOTHING = "-"
"""A report's word for a column that it says nothing about."""

INTRODUCTION = """\
# Compatibility

What the exporter was tried against. `make compatibility` runs the tests in `tests/compatibility` and
makes this page of what they ran and read; every run of the tests compares the two, except for the versions,
which are those of the machine where the page was made.
"""

Row = Mapping[str, str]
"""Column -> text."""


def report(table: Table, row: Row) -> None:
    """Keep what a test read, or see that the page lists it. Raises AssertionError where it does not."""
    if set(row) != set(table.columns) or any(SEPARATOR in text for text in row.values()):
        raise ValueError(f"{row} is no row of {table.columns}, or holds {SEPARATOR!r}")
    directory = os.environ.get(RECORDS_VARIABLE)
    if directory is None:
        missing = not_listed(table, row, PAGE.read_text())
        assert not missing, f"docs/compatibility.md does not list {missing}: run make compatibility"
    else:
        Path(directory).mkdir(exist_ok=True)
        with (Path(directory) / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps({"table": table.heading, "row": row}) + "\n")


def not_listed(table: Table, row: Row, page: str) -> dict[str, str]:
    """The cells of a row that the page lacks or has otherwise; those that vary between machines are not looked at."""
    name = identity(table, row)
    listed = {identity(table, one): one for one in rows_of(table, page)}.get(name, {})
    said = {column: text for column, text in row.items() if column not in table.varying and text != NOTHING}
    return {column: text for column, text in said.items() if text not in listed.get(column, "").split(SEPARATOR)}


def identity(table: Table, row: Row) -> tuple[str, ...]:
    """What tells the row from others."""
    return tuple(row[column] for column in table.identity)


def identities(table: Table) -> set[tuple[str, ...]]:
    """All rows that the committed page lists."""
    return {identity(table, row) for row in rows_of(table, PAGE.read_text())}


def rows_of(table: Table, page: str) -> list[Row]:
    """The rows of a table as the page lists them; none when it has no such table."""
    section = page.partition(f"\n## {table.heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [dict(zip(table.columns, one, strict=True)) for one in cells[1:]]


def rendered(rows: Mapping[str, Iterable[Row]]) -> str:
    """The page; `rows` by the heading of their table."""
    return INTRODUCTION + "".join(_section(table, rows.get(table.heading, ())) for table in TABLES)


def _section(table: Table, rows: Iterable[Row]) -> str:
    merged: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        merged[identity(table, row)].append(row)
    lines = [_line(table.columns), f"|{'---|' * len(table.columns)}"]
    for _, together in sorted(merged.items(), key=lambda item: [cell.casefold() for cell in item[0]]):
        lines.append(_line(_cell(column, together) for column in table.columns))
    return f"\n## {table.heading}\n\n{table.text}\n\n" + "\n".join(lines) + "\n"


def _cell(column: str, rows: Iterable[Row]) -> str:
    """What the rows say; NOTHING where none says anything."""
    texts = {text for row in rows for text in row[column].split(SEPARATOR)}
    return SEPARATOR.join(sorted(texts - {NOTHING} or {NOTHING}))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(directory: Path) -> None:
    """Make the page of the reports in the directory."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for file in directory.glob("*.jsonl"):
        for line in file.read_text().splitlines():
            kept = json.loads(line)
            rows[kept["table"]].append(kept["row"])
    PAGE.write_text(rendered(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
