"""Target groups into targets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ocsp_staple_exporter.config.hosts import is_address, parse_host, parse_name, split_host_port
from ocsp_staple_exporter.config.names import parse_label_name, parse_label_value, parse_target_name
from ocsp_staple_exporter.config.problems import Problem
from ocsp_staple_exporter.config.tree import Path, spell
from ocsp_staple_exporter.config.words import did_you_mean, quoted
from ocsp_staple_exporter.discovery.groups import Group, ListError
from ocsp_staple_exporter.model import Module, Target, split_name
from ocsp_staple_exporter.sharding import WHOLE, Shard

MOST_TARGETS = 250_000
"""In one list, those of other shards included."""

MOST_PROBLEMS = 20
"""One mistake may be made in each of 100,000 entries: the first ones tell it all."""

DEFAULT_MODULE = "default"
KEYS = ("targets", "labels")

PARAM_TARGET, PARAM_MODULE = "__param_target", "__param_module"
PARAM_SERVER_NAME, PARAM_SNI = "__param_server_name", "__param_sni"
"""Labels by which Prometheus would ask /probe: they mean the same here."""

_label_name = functools.lru_cache(maxsize=1024)(parse_label_name)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the entries of a list may refer to, and which of them are for this exporter."""

    modules: Mapping[str, Module]
    shard: Shard = WHOLE


@dataclass(slots=True)
class Entries:
    """What a list holds."""

    targets: dict[str, Target] = field(default_factory=dict)
    """By name, those of this shard."""

    repeated: int = 0
    """Entries that name a target anew: the first one counts."""

    of_other_shards: int = 0


class _Labels(NamedTuple):
    """What the labels of a group say of each of its targets."""

    name: str | None
    address: str | None
    module: Module
    server_name: str | None
    sni: bool
    own: tuple[tuple[str, str], ...]


class _Fault(Exception):  # noqa: N818  it never leaves the file
    """A part of a group is wrong; the path leads there from the group."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def read_entries(groups: Iterable[Group], file: str, terms: Terms) -> Entries:
    """All targets of the groups; raises ListError with the first problems where there is any.

    `file` is what the problems name. What a group says wrongly is one problem, and so is each wrong target.
    """
    reader = _Reader(terms)
    problems: list[Problem] = []
    for index, group in enumerate(groups):
        for fault in reader.read(group.value):
            place = group.locate(fault.path)
            message = f"{spell((index, *fault.path))}: {fault.message}"
            problems.append(Problem(file, place.line, place.column, message))
            if len(problems) == MOST_PROBLEMS:
                raise ListError(tuple(problems))
        if reader.count > MOST_TARGETS:
            place = group.locate(())
            message = f"holds more than {MOST_TARGETS} targets: divide it among several lists"
            raise ListError((Problem(file, place.line, place.column, message),))
    if problems:
        raise ListError(tuple(problems))
    return reader.entries


class _Reader:
    def __init__(self, terms: Terms) -> None:
        self.entries = Entries()
        self.count = 0
        self._terms = terms
        self._names_of_others: set[str] = set()
        self._known: dict[tuple[tuple[object, object], ...], _Labels] = {}
        """Many groups of a list have the labels of another: they need neither be read nor kept twice."""

    def read(self, group: object) -> Iterator[_Fault]:
        """Keep the group's targets, and give what is wrong with it."""
        try:
            texts, labels = _parts(group)
            common = self._labels(labels)
        except _Fault as fault:
            yield fault
            return
        self.count += len(texts)
        if self.count > MOST_TARGETS:
            return
        for index, text in enumerate(texts):
            try:
                self._keep(text, common)
            except ValueError as error:
                path = ("labels", PARAM_TARGET) if common.address else ("targets", index)
                yield _Fault(path, str(error))

    def _keep(self, text: object, labels: _Labels) -> None:
        if not isinstance(text, str):
            raise ValueError('must be text, "host[:port]"')  # noqa: TRY004 - as all that is wrong with an entry
        address = labels.address or text
        target = _target(address, labels)
        if target.name in self.entries.targets or target.name in self._names_of_others:
            self.entries.repeated += 1
        elif self._terms.shard.owns(address):
            self.entries.targets[target.name] = target
        else:
            self.entries.of_other_shards += 1
            self._names_of_others.add(target.name)

    def _labels(self, labels: Mapping[object, object]) -> _Labels:
        try:
            key = tuple(labels.items())
            return self._known.get(key) or self._known.setdefault(key, self._read_labels(labels))
        except TypeError:  # a list or a mapping among them
            return self._read_labels(labels)

    def _read_labels(self, labels: Mapping[object, object]) -> _Labels:
        given: dict[str, str] = {}
        for name, value in labels.items():
            if not isinstance(name, str) or not isinstance(value, str):
                raise _Fault(("labels", str(name)), "must be text: write it in quotes")
            given[name] = value
        module = self._module(given.get(PARAM_MODULE) or DEFAULT_MODULE)
        return _Labels(
            name=_checked(parse_target_name, given, "target") or None,
            address=given.get(PARAM_TARGET) or None,
            module=module,
            server_name=_checked(_server_name, given, PARAM_SERVER_NAME) or None,
            sni=(_checked(_flag, given, PARAM_SNI) or str(module.sni).lower()) == "true",
            own=tuple(sorted(_own_labels(given))),
        )

    def _module(self, name: str) -> Module:
        module = self._terms.modules.get(name)
        if module is None:
            known = did_you_mean(name, self._terms.modules)
            raise _Fault(("labels", PARAM_MODULE), f"{quoted(name)} is not defined under modules ({known})")
        return module


def _parts(group: object) -> tuple[list[object], dict[object, object]]:
    """The addresses and the labels of a group."""
    if not isinstance(group, dict):
        raise _Fault((), "must be a mapping with the key targets, a list of host[:port]")
    for key in group:
        if key not in KEYS:
            raise _Fault((str(key),), f"unknown key ({did_you_mean(str(key), KEYS)})")
    targets, labels = group.get("targets"), group.get("labels")
    if not isinstance(targets, list):
        raise _Fault(("targets",), "must be a list of host[:port]" if "targets" in group else "missing")
    if not isinstance(labels, dict | None):
        raise _Fault(("labels",), "must be a mapping from names to text")
    return targets, labels or {}


def _own_labels(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The labels of the series. One without text is none, and names with two underscores end here, as in Prometheus."""
    for name, text in given.items():
        if name != "target" and text and not name.startswith("__"):
            try:
                yield _label_name(name), parse_label_value(text)
            except ValueError as error:
                raise _Fault(("labels", name), str(error)) from None


def _checked(parse: Callable[[str], str], given: Mapping[str, str], name: str) -> str:
    """The label's text, read; empty where there is none."""
    try:
        return parse(text) if (text := given.get(name)) else ""
    except ValueError as error:
        raise _Fault(("labels", name), str(error)) from None


def _server_name(text: str) -> str:
    if is_address(text):
        raise ValueError(f"{quoted(text)} is an IP address, which SNI cannot carry: give a DNS name")
    return parse_name(text)


def _flag(text: str) -> str:
    if text not in {"true", "false"}:
        raise ValueError(f"{quoted(text)} is neither true nor false")
    return text


def _target(address: str, labels: _Labels) -> Target:
    host_text, port = split_host_port(address)
    host = parse_host(host_text)
    module = labels.module
    port = module.default_port if port is None else port
    sent, unsent = split_name(labels.server_name or module.server_name or host.server_name, sni=labels.sni)
    return Target(
        name=labels.name or f"{host.written}:{port}",
        host=host.resolved,
        port=port,
        server_name=sent,
        certificate_name=unsent,
        module=module,
        labels=labels.own,
    )
