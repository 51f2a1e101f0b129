"""Probes many hosts, a bounded number at a time; an interrupt leaves what is known so far."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ocsp_staple_exporter.check.grade import Grade
from ocsp_staple_exporter.check.host import Checked, checked
from ocsp_staple_exporter.check.software import Server, ask
from ocsp_staple_exporter.check.spreading import spread_out
from ocsp_staple_exporter.diagnosis import Software, State, state_of, urgency
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeError, ProbeFailure, ProbeResult, Target
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Resolver

WELL = frozenset({State.GOOD, State.NOT_DUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a run goes about its hosts."""

    concurrency: int
    software: Software | None
    """The kind of all servers, where the caller knows it."""

    may_ask: bool
    """Whether a second connection may be made to ask a server what it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is known when all hosts were checked, or when somebody would wait no longer."""

    hosts: tuple[Checked, ...]
    """The worst first."""

    asked_for: int
    interrupted: bool

    @property
    def grade(self) -> Grade:
        """That of the worst host."""
        return self.hosts[0].grade if self.hosts else Grade.GOOD


def run(targets: Sequence[Target], address: str | None, manner: Manner) -> Run:
    """Check all of them, in any order; Ctrl-C ends it early. `address` stands for what the hosts resolve to."""
    hosts: list[Checked] = []
    asked_for, interrupted = len(targets), False
    with _Bar() as bar:

        def begin(number: int) -> None:
            nonlocal asked_for
            asked_for = number
            bar.expect(number)

        def seen(host: Checked) -> None:
            hosts.append(host)
            bar.advance(host)

        try:
            asyncio.run(_check_all(targets, address, manner, begin, seen))
        except KeyboardInterrupt:
            interrupted = True
    hosts.sort(key=lambda host: (urgency(host.result), host.name))
    return Run(tuple(hosts), asked_for, interrupted)


async def _check_all(
    targets: Sequence[Target],
    address: str | None,
    manner: Manner,
    begin: Callable[[int], None],
    seen: Callable[[Checked], None],
) -> None:
    resolver = Resolver()
    endpoints = await spread_out(targets, address, resolver)
    begin(len(endpoints))
    needs_system = any(endpoint.module.trust_anchors is None for endpoint in endpoints)
    prober = Prober(resolver, trust_anchors=None if needs_system else ())
    waiting = iter(endpoints)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(manner.concurrency, len(endpoints))):
            group.create_task(_work(waiting, prober, manner, seen))


async def _work(waiting: Iterable[Endpoint], prober: Prober, manner: Manner, seen: Callable[[Checked], None]) -> None:
    for endpoint in waiting:
        seen(await _check(endpoint, prober, manner))


async def _check(endpoint: Endpoint, prober: Prober, manner: Manner) -> Checked:
    """A bug of ours on one host must not keep the others from being checked."""
    started_at = datetime.now(UTC)
    try:
        result = await prober.probe(endpoint)
        return checked(result, await _server_of(result, manner))
    except Exception as error:  # noqa: BLE001 - reported, with a status of its own
        traceback.print_exc()
        bug = ProbeError(ProbeFailure.INTERNAL_ERROR, printable(f"{type(error).__name__}: {error}"))
        return checked(ProbeResult(endpoint=endpoint, started_at=started_at, outcome=bug), Server())


async def _server_of(result: ProbeResult, manner: Manner) -> Server:
    """Asked only where the answer is of use: where something is wrong, and TLS works."""
    if manner.software or not manner.may_ask or state_of(result) in WELL:
        return Server(software=manner.software)
    seen, module = result.outcome, result.endpoint.module
    if not isinstance(seen, Observation) or seen.address is None or module.proxy or module.proxy_protocol:
        return Server()  # a plain connection would go another way, or not be understood
    return await ask(result.endpoint, seen.address)


class _Bar:
    """How far it is, on stderr where that is a terminal and there is more than one host."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._may_be_shown = console.is_terminal
        self._progress = Progress(
            TextColumn("checking"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[ill]} ill"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("checking", total=None, ill=0)
        self._shown = False
        self._ill = 0

    def __enter__(self) -> Self:
        return self

    def expect(self, total: int) -> None:
        """Begin: so many hosts are to be checked."""
        self._shown = self._may_be_shown and total > 1
        if self._shown:
            self._progress.update(self._task, total=total)
            self._progress.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._progress.stop()

    def advance(self, host: Checked) -> None:
        self._ill += host.grade is not Grade.GOOD
        if self._shown:
            self._progress.update(self._task, advance=1, ill=self._ill)
