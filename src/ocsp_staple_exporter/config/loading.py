"""A config file into a Config, or into all of its problems."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocsp_staple_exporter.config.allowed import build_permission
from ocsp_staple_exporter.config.certificates import read_certificates
from ocsp_staple_exporter.config.collector import collector_paused
from ocsp_staple_exporter.config.document import read_mapping
from ocsp_staple_exporter.config.families import require_eligible
from ocsp_staple_exporter.config.lists import TargetLists
from ocsp_staple_exporter.config.permission import Permission
from ocsp_staple_exporter.config.problems import ConfigError, Problem
from ocsp_staple_exporter.config.proxies import read_password
from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.schema import WORDS, Document
from ocsp_staple_exporter.config.target_options import TargetOptions
from ocsp_staple_exporter.config.targets import build_lists, build_modules, build_targets, target_name, written_address
from ocsp_staple_exporter.config.validation import validate
from ocsp_staple_exporter.config.values import DEFAULT_MODULE, Surroundings
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import Module, Target
from ocsp_staple_exporter.sharding import WHOLE, Shard

LISTS = ("targets", "target_files", "target_urls")
NOTHING_TO_DO = 'list what to probe under "targets:", or write "probe:" where Prometheus names it at /probe'


@dataclass(frozen=True, slots=True)
class Limits:
    """What the exporter as a whole may use."""

    probes_in_flight: int = 256
    probes_aside: int = 4096
    """Beside those: probes whose hosts keep us waiting."""

    probes_per_second: float | None = None
    probes_per_address: int | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What to watch, with every file it names already read."""

    targets: tuple[Target, ...]
    limits: Limits = field(default_factory=Limits)
    modules: Mapping[str, Module] = field(default_factory=lambda: {DEFAULT_MODULE: Module()})
    """By name; the default module is always among them."""

    permission: Permission = field(default_factory=Permission)
    """What /probe may be asked to probe."""

    probe_on_demand: bool = False
    """Whether the API may be asked to probe an endpoint now."""

    lists: TargetLists = field(default_factory=TargetLists)
    """Files and URLs with more targets, none of which was read."""

    shard: Shard = WHOLE
    """Which of all targets are for this exporter: `targets` holds no others."""

    files: tuple[Path, ...] = ()
    """The config file and the files that it names: a change of one is a reason to reload."""


def load_config(path: Path, shard: Shard = WHOLE) -> Config:
    """Read a config file and the files of certificates and passwords that it names, relative to its directory.

    Of its targets those are kept that are for the shard. Raises ConfigError with every problem that can be
    told at once; nothing else, whatever the file holds.
    """
    with collector_paused():
        return _load(path, shard)


def _load(path: Path, shard: Shard) -> Config:
    value, report = read_mapping(path, "targets")
    if not value and not report.problems:
        raise ConfigError([Problem(str(path), None, None, f"is empty: {NOTHING_TO_DO}")])
    files = _Files(path.parent)
    surroundings = Surroundings(_names(value.get("modules")), files.certificates, files.password)
    document = validate(Document, value, (), report, surroundings, WORDS)
    targets = dict(_validate_targets(value.get("targets"), report, surroundings))
    modules = build_modules(document.modules if document else {})
    _compare_names(_names_of(targets, modules), report)
    _compare_families(targets, modules, report)
    _compare_lists(document, report)
    _require_something(value, report)
    if document is None or report.problems:
        raise report.error(files.read)
    return Config(
        targets=tuple(build_targets(_of_shard(targets, value.get("targets"), shard), modules)),
        lists=build_lists(document, path.parent),
        shard=shard,
        limits=Limits(**dict(document.limits)),
        modules=modules,
        permission=build_permission(document.probe.allow, refuse_private=document.probe.refuse_private),
        probe_on_demand=document.api.probe,
        files=tuple(dict.fromkeys([path, *files.read])),
    )


class _Files:
    """The files beside a config file that it names, each read once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.certificates = functools.cache(self._certificates)
        self.password = functools.cache(self._password)
        self.read: list[Path] = []

    def _certificates(self, name: str) -> tuple[bytes, ...]:
        return read_certificates(self._note(name))

    def _password(self, name: str) -> str:
        return read_password(self._note(name))

    def _note(self, name: str) -> Path:
        file = self._directory / name
        self.read.append(file)
        return file


def _names(modules: object) -> tuple[str, ...]:
    return tuple(modules) if isinstance(modules, dict) else ()


def _require_something(value: Mapping[str, object], report: Report) -> None:
    """Modules and the rules of /probe are of use without targets: Prometheus may name those."""
    if not any(value.get(key) for key in LISTS) and "modules" not in value and "probe" not in value:
        report.at_value(("targets",), f"{'is empty' if 'targets' in value else 'missing'}: {NOTHING_TO_DO}")


def _validate_targets(
    values: object, report: Report, surroundings: Surroundings
) -> Iterator[tuple[int, TargetOptions]]:
    """The sound targets, with their places in the list."""
    for index, value in enumerate(values if isinstance(values, list) else ()):
        options = validate(TargetOptions, value, ("targets", index), report, surroundings, WORDS)
        if options is not None:
            yield index, options


def _of_shard(targets: Mapping[int, TargetOptions], values: object, shard: Shard) -> Iterator[TargetOptions]:
    """By the address as the file has it, as Prometheus would divide the same list."""
    written = values if isinstance(values, list) else []
    return (options for index, options in targets.items() if shard.owns(written_address(written[index])))


def _compare_lists(document: Document | None, report: Report) -> None:
    if document is None:
        return
    lists = {"target_files": document.target_files, "target_urls": [entry.url for entry in document.target_urls]}
    for key, names in lists.items():
        for index, name in enumerate(names):
            if (first := names.index(name)) != index:
                message = f"{quoted(name)} is already {key}[{first}]: remove one"
                report.at_value((key, index), message)


def _names_of(targets: Mapping[int, TargetOptions], modules: Mapping[str, Module]) -> Iterator[tuple[int, str]]:
    """By place in the list; without those that a faulty module keeps unknown, as it chooses the port."""
    for index, options in targets.items():
        if options.module in modules:
            yield index, target_name(options, modules[options.module])


def _compare_families(targets: Mapping[int, TargetOptions], modules: Mapping[str, Module], report: Report) -> None:
    """An IP address that its module would never connect to; a faulty module, which may mean anything, is left out."""
    for index, options in targets.items():
        if options.module in modules:
            try:
                require_eligible(options.host.resolved, modules[options.module])
            except ValueError as error:
                report.at_value(("targets", index, "host"), f"{error}, as module {quoted(options.module)} has it")


def _compare_names(names: Iterable[tuple[int, str]], report: Report) -> None:
    """Names are the `target` label: two targets of one name would be one series."""
    first: dict[str, int] = {}
    for index, name in names:
        earlier = first.setdefault(name, index)
        if earlier != index:
            place = report.place(("targets", earlier))
            message = (
                f"{quoted(name)} is already the name of targets[{earlier}] "
                f"(line {place.line}, column {place.column}): remove one, or give it a name of its own"
            )
            report.at_value(("targets", index), message)
