"""What is to be probed, as people write it: HOST[:PORT], or one of them per line of a file."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ocsp_staple_exporter.config.hosts import Host, parse_host, split_host_port
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Module, Target, split_name

MOST_PROBLEMS = 100
"""Told at once; a file of that many bad lines is no list of hosts."""


@dataclass(frozen=True, slots=True)
class Written:
    """A host and port as they were written, and where."""

    text: str
    place: str
    """`hosts.txt:3`, `HOST`; safe to show."""


class BadTargetsError(Exception):
    """Every target that is none; one line each, safe to show."""


def targets_of_arguments(texts: Iterable[str]) -> Iterator[Written]:
    for text in texts:
        yield Written(text, "HOST")


def targets_of_file(data: bytes, name: str) -> Iterator[Written]:
    """One target per line; what follows a `#` is a comment. `name` is safe to show."""
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.split("\n"), start=1):
        written = line.partition("#")[0].strip()
        if written:
            yield Written(written, f"{name}:{number}")


@dataclass(slots=True)
class Targets:
    """What was written, as targets: each once, under the name that it was first given."""

    module: Module
    known: Mapping[str, Target] = field(default_factory=dict)
    """The targets of a config file, by name: whoever names one means that one."""

    _found: dict[tuple[str, int] | str, Target] = field(default_factory=dict)

    def of(self, written: Iterable[Written]) -> tuple[Target, ...]:
        """Raises BadTargetsError with all that are none."""
        problems = []
        for each in written:
            try:
                self._add(each.text)
            except ValueError as error:
                problems.append(f"{each.place}: {error}")
        if problems:
            raise BadTargetsError("\n".join(_cut(problems)))
        return tuple(self._found.values())

    def _add(self, text: str) -> None:
        known = self.known.get(text)
        if known is not None:
            self._found.setdefault(known.name, known)
            return
        written, port = split_host_port(text)
        host = parse_host(written)
        target = self._target(host, self.module.default_port if port is None else port)
        known = self.known.get(target.name)
        if known is not None:
            self._found.setdefault(known.name, known)
        else:
            self._found.setdefault((target.host, target.port), target)

    def _target(self, host: Host, port: int) -> Target:
        """Called `host:port`, as by the exporter."""
        sent, unsent = split_name(self.module.server_name or host.server_name, sni=self.module.sni)
        return Target(
            name=f"{host.written}:{port}",
            host=host.resolved,
            port=port,
            server_name=sent,
            certificate_name=unsent,
            module=self.module,
        )


def _cut(problems: list[str]) -> Iterator[str]:
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        yield printable(f"and {len(problems) - MOST_PROBLEMS} more")
