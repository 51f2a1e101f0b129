"""A config file into a Config, or into all of its problems."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ocsp_staple_exporter.config.certificates import read_certificates
from ocsp_staple_exporter.config.endpoints import build_endpoints, build_modules, target_name
from ocsp_staple_exporter.config.messages import describe
from ocsp_staple_exporter.config.permission import Permission
from ocsp_staple_exporter.config.problems import ConfigError, Problem
from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.schema import Document, TargetOptions
from ocsp_staple_exporter.config.source import read_text
from ocsp_staple_exporter.config.tree import Node, TooDeep, plain
from ocsp_staple_exporter.config.tree import Path as TreePath
from ocsp_staple_exporter.config.values import DEFAULT_MODULE, Surroundings
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.config.yaml_source import MOST_LEVELS, InvalidYAML, parse
from ocsp_staple_exporter.model import Endpoint, Module

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the exporter as a whole may use."""

    probes_in_flight: int = 256


@dataclass(frozen=True, slots=True)
class Config:
    """What to watch, with every file it names already read."""

    endpoints: tuple[Endpoint, ...]
    limits: Limits = field(default_factory=Limits)
    modules: Mapping[str, Module] = field(default_factory=lambda: {DEFAULT_MODULE: Module()})
    """By name; the default module is always among them."""

    permission: Permission = field(default_factory=Permission)
    """What /probe may be asked to probe."""

    probe_on_demand: bool = False
    """Whether the API may be asked to probe an endpoint now."""

    files: tuple[Path, ...] = ()
    """The config file and the files of certificates that it names: a change of one is a reason to reload."""


def load_config(path: Path) -> Config:
    """Read a config file and the files of certificates that it names, relative to its directory.

    Raises ConfigError with every problem that can be told at once; nothing else, whatever the file holds.
    """
    with _collector_paused():
        return _load(path)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Next to nothing built here is garbage: searching it again and again would take half of the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _load(path: Path) -> Config:
    root, report = _parse(path)
    try:
        value = plain(root, MOST_LEVELS)
    except TooDeep as deep:
        report.at_place(deep.place, f"is nested deeper than {MOST_LEVELS} levels, its aliases expanded")
        raise report.error() from None
    if not isinstance(value, dict):
        report.at_value((), 'must be a mapping that begins with a key, as in "targets:"')
        raise report.error()
    surroundings = Surroundings(_names(value.get("modules")), _reader(path.parent))
    document = _validate(Document, value, (), report, surroundings)
    targets = dict(_validate_targets(value.get("targets"), report, surroundings))
    _compare_names(targets, report)
    if document is None or report.problems:
        raise report.error()
    limits = Limits(probes_in_flight=document.limits.probes_in_flight)
    modules = build_modules(document.modules)
    return Config(tuple(build_endpoints(targets.values(), modules)), limits, modules)


def _parse(path: Path) -> tuple[Node, Report]:
    text = read_text(path)
    try:
        root, faults = parse(text)
    except InvalidYAML as invalid:
        problems = [Problem(str(path), place.line, place.column, message) for place, message in invalid.faults]
        raise ConfigError(problems) from None
    if root is None:
        raise ConfigError([Problem(str(path), None, None, 'is empty: list what to probe under "targets:"')])
    report = Report(str(path), root)
    for place, message in faults:
        report.at_place(place, message)
    return root, report


def _names(modules: object) -> tuple[str, ...]:
    return tuple(modules) if isinstance(modules, dict) else ()


def _reader(directory: Path) -> Callable[[str], tuple[bytes, ...]]:
    return functools.cache(lambda name: read_certificates(directory / name))


def _validate_targets(
    values: object, report: Report, surroundings: Surroundings
) -> Iterator[tuple[int, TargetOptions]]:
    """The sound targets, with their places in the list."""
    for index, value in enumerate(values if isinstance(values, list) else ()):
        options = _validate(TargetOptions, value, ("targets", index), report, surroundings)
        if options is not None:
            yield index, options


def _validate(
    model: type[Options], value: object, at: TreePath, report: Report, surroundings: Surroundings
) -> Options | None:
    try:
        return model.model_validate(value, context=surroundings)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            on_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
            path = at + tuple(part for part in error["loc"] if part != "[key]")
            complain = report.at_key if on_key else report.at_value
            complain(path, describe(error, model, report.written(path)))
    return None


def _compare_names(targets: Mapping[int, TargetOptions], report: Report) -> None:
    """Names are the `target` label: two targets of one name would be one series."""
    first: dict[str, int] = {}
    for index, options in targets.items():
        earlier = first.setdefault(target_name(options), index)
        if earlier != index:
            place = report.place(("targets", earlier))
            message = (
                f"{quoted(target_name(options))} is already the name of targets[{earlier}] "
                f"(line {place.line}, column {place.column}): remove one, or give it a name of its own"
            )
            report.at_value(("targets", index), message)
