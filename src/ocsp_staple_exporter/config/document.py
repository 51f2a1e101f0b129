"""A YAML file as the mapping that it must be, with a report that knows its places."""

from __future__ import annotations

from pathlib import Path

from ocsp_staple_exporter.config.problems import ConfigError, Problem
from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.source import read_text
from ocsp_staple_exporter.config.tree import Mapping, Node, Place, TooDeep, plain
from ocsp_staple_exporter.config.yaml_source import MOST_LEVELS, InvalidYAML, parse


def read_mapping(path: Path, example: str) -> tuple[dict[str, object], Report]:
    """The plain values of a file, and the report that goes with it, in which faults of its YAML already stand.

    An empty file is an empty mapping. `example` is a key that such a file may begin with.
    Raises ConfigError for what cannot be read, is no YAML or no mapping.
    """
    root, report = _parse(path)
    try:
        value = plain(root, MOST_LEVELS)
    except TooDeep as deep:
        report.at_place(deep.place, f"is nested deeper than {MOST_LEVELS} levels, its aliases expanded")
        raise report.error() from None
    if not isinstance(value, dict):
        report.at_value((), f'must be a mapping that begins with a key, as in "{example}:"')
        raise report.error()
    return value, report


def _parse(path: Path) -> tuple[Node, Report]:
    try:
        root, faults = parse(read_text(path))
    except InvalidYAML as invalid:
        problems = [Problem(str(path), place.line, place.column, message) for place, message in invalid.faults]
        raise ConfigError(problems) from None
    report = Report(str(path), root or Mapping(Place(1, 1), {}))
    for place, message in faults:
        report.at_place(place, message)
    return root or Mapping(Place(1, 1), {}), report
