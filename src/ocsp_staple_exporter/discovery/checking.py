"""Reads the files of targets once, to say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ocsp_staple_exporter.config.problems import Problem
from ocsp_staple_exporter.discovery.entries import Terms
from ocsp_staple_exporter.discovery.files import StillWrittenError, find_files, read_whole
from ocsp_staple_exporter.discovery.groups import ListError
from ocsp_staple_exporter.discovery.reading import read_file_of_list


def check_files(patterns: Iterable[Path], terms: Terms) -> tuple[set[str], tuple[str, ...]]:
    """The names of all targets of the files, and all problems, one line each."""
    names: set[str] = set()
    problems: list[Problem] = []
    for file in find_files(patterns):
        try:
            names.update(read_file_of_list(read_whole(file)[0], file, terms).targets)
        except ListError as error:
            problems += error.problems
        except StillWrittenError:
            problems.append(Problem(str(file), None, None, "is being written: try again"))
        except ValueError as error:
            problems.append(Problem(str(file), None, None, str(error)))
    return names, tuple(map(str, problems))
