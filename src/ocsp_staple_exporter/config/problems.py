"""What is wrong with a config file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.foreign_text import printable


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: its place, what is wrong there and how to mend it."""

    file: str
    line: int | None
    """From 1; None where the file as a whole is meant, as when there is none."""

    column: int | None
    """From 1, in characters; None together with `line`."""

    message: str

    def __str__(self) -> str:
        place = "" if self.line is None else f":{self.line}:{self.column}"
        return f"{printable(self.file, 4096)}{place}: {self.message}"


class ConfigError(Exception):
    """A config file cannot be used. `problems` holds every fault found, in the order of the file.

    `files` are those that it names, as far as it could be read: where one of them is at fault,
    its change is a reason to try again.
    """

    def __init__(self, problems: Iterable[Problem], files: Iterable[Path] = ()) -> None:
        self.files = tuple(files)
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
        super().__init__("\n".join(map(str, self.problems)))
