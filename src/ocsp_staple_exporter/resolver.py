"""Finds the addresses of hosts.

The system's own resolver is asked (nsswitch, /etc/hosts), in threads of our own: the
loop's default executor has as few as six, so that a handful of dead name servers would
hold up everybody. The threads are daemons, because a look-up cannot be interrupted and
must not delay the end of the program.

Names that strangers ask for (`for_a_stranger`) have threads and remembered answers of
their own, so that whatever they ask, the watched hosts are resolved.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeAlias

from ocsp_staple_exporter.model import IPFamily

KEPT_SECONDS = 60.0
"""How long an answer serves; getaddrinfo hides the TTL of the records."""

_FAMILIES = {IPFamily.ANY: socket.AF_UNSPEC, IPFamily.IPV4: socket.AF_INET, IPFamily.IPV6: socket.AF_INET6}

GetAddrInfo: TypeAlias = Callable[..., list[Any]]
_Question: TypeAlias = tuple[str, int, IPFamily]


class Address(NamedTuple):
    """Where to connect: an address family and an address tuple, as the `socket` module has them."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> str:
        """The IP address; a link-local one with its zone, without which it says little (RFC 4007 §11)."""
        ip = str(self.sockaddr[0])
        zone = self.sockaddr[3] if self.family == socket.AF_INET6 else 0
        return ip if not zone or "%" in ip else f"{ip}%{_interface(zone)}"


def _interface(index: int) -> str:
    """Its name; its number where it has gone."""
    try:
        return socket.if_indextoname(index)
    except OSError:
        return str(index)


_Answer: TypeAlias = tuple[Address, ...]


class TooManyQuestionsError(Exception):
    """As many questions as strangers may ask at once have no answer yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much may be asked at once, and remembered."""

    threads: int
    """Look-ups under way at once; they wait for name servers and use no CPU."""

    questions: int
    """Without an answer at once: under way, or waiting for a thread."""

    answers: int
    """Remembered at most; beyond that they are all forgotten and asked for again."""


WATCHED = Capacity(threads=64, questions=sys.maxsize, answers=131_072)
"""For the list, whose length bounds its questions."""

STRANGERS = Capacity(threads=16, questions=64, answers=4096)
"""For all strangers together."""

_capacity: ContextVar[Capacity] = ContextVar("capacity", default=WATCHED)


@contextmanager
def for_a_stranger() -> Iterator[None]:
    """What is resolved within, and by tasks begun within, takes nothing from the watched hosts.

    `Resolver.resolve` raises TooManyQuestionsError there.
    """
    before = _capacity.set(STRANGERS)
    try:
        yield
    finally:
        _capacity.reset(before)


class Resolver:
    """Asks for addresses, each question once at a time, and remembers the answers for a minute.

    Failures are not remembered: the next probe asks again. A question that waits for a
    thread is dropped when nobody waits for its answer any more.
    """

    def __init__(self, getaddrinfo: GetAddrInfo = socket.getaddrinfo) -> None:
        self._desks = {capacity: _Desk(getaddrinfo, capacity) for capacity in (WATCHED, STRANGERS)}

    async def resolve(self, host: str, port: int, family: IPFamily) -> tuple[Address, ...]:
        """The addresses of `host`, in the order in which RFC 6724 would try them; never empty.

        Raises OSError (`socket.gaierror`) when there is none.
        """
        return await self._desks[_capacity.get()].resolve((host, port, family))


class _LookUp:
    """A question, and how many wait for its answer."""

    def __init__(self, question: _Question) -> None:
        self.question = question
        self.answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self.waiting = 0


class _Desk:
    """Takes questions within its capacity. All but `_work` runs in the event loop."""

    def __init__(self, getaddrinfo: GetAddrInfo, capacity: Capacity) -> None:
        self._getaddrinfo = getaddrinfo
        self._capacity = capacity
        self._open: dict[_Question, _LookUp] = {}
        self._queued: dict[_Question, _LookUp] = {}  # those of the open ones that wait for a thread, the oldest first
        self._given: SimpleQueue[_LookUp] = SimpleQueue()  # to the threads, of which as many are idle
        self._threads = 0
        self._busy = 0
        self._answers: dict[_Question, tuple[float, _Answer]] = {}

    async def resolve(self, question: _Question) -> _Answer:
        now = asyncio.get_running_loop().time
        known = self._answers.get(question)
        if known is not None and now() < known[0]:
            return known[1]
        answer = _literal(question) or await self._ask(question)
        if len(self._answers) >= self._capacity.answers:
            self._answers.clear()
        self._answers[question] = (now() + KEPT_SECONDS, answer)
        return answer

    async def _ask(self, question: _Question) -> _Answer:
        look_up = self._open.get(question) or self._begin(question)
        look_up.waiting += 1
        try:
            await asyncio.wait([look_up.answer])  # who is cancelled here cancels nobody else's answer
        finally:
            look_up.waiting -= 1
            if not look_up.waiting and self._queued.get(question) is look_up:
                del self._queued[question], self._open[question]
        return look_up.answer.result()

    def _begin(self, question: _Question) -> _LookUp:
        if len(self._open) >= self._capacity.questions:
            raise TooManyQuestionsError(f"{len(self._open)} names are being looked up")
        look_up = _LookUp(question)
        if self._busy < self._capacity.threads:
            self._give(look_up)
        else:
            self._queued[question] = look_up
        self._open[question] = look_up
        return look_up

    def _give(self, look_up: _LookUp) -> None:
        if self._threads == self._busy:
            threading.Thread(target=self._work, name=f"resolver-{self._threads + 1}", daemon=True).start()
            self._threads += 1
        self._busy += 1
        self._given.put(look_up)

    def _work(self) -> None:
        while True:
            look_up = self._given.get()
            outcome: _Answer | Exception
            try:
                outcome = _look_up(self._getaddrinfo, look_up.question, flags=socket.AI_ADDRCONFIG)
            except (OSError, ValueError) as error:  # ValueError: a label too long or empty for the idna codec
                outcome = error
            try:
                look_up.answer.get_loop().call_soon_threadsafe(self._finish, look_up, outcome)
            except RuntimeError:  # the loop is closed: the program ends
                return

    def _finish(self, look_up: _LookUp, outcome: _Answer | Exception) -> None:
        self._busy -= 1
        del self._open[look_up.question]
        _settle(look_up.answer, outcome)
        if self._queued:
            self._give(self._queued.pop(next(iter(self._queued))))


def _settle(answer: asyncio.Future[_Answer], outcome: _Answer | Exception) -> None:
    if isinstance(outcome, Exception):
        answer.set_exception(outcome if isinstance(outcome, OSError) else OSError(str(outcome)))
        answer.exception()  # seen: whoever asked may have run into its deadline and gone
    else:
        answer.set_result(outcome)


def _literal(question: _Question) -> _Answer:
    """The address itself where the host is one, without a thread; empty otherwise."""
    try:
        return _look_up(socket.getaddrinfo, question, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return ()


def _look_up(getaddrinfo: GetAddrInfo, question: _Question, *, flags: int) -> _Answer:
    host, port, family = question
    found = getaddrinfo(host, port, family=_FAMILIES[family], type=socket.SOCK_STREAM, flags=flags)
    return tuple(dict.fromkeys(Address(int(family), sockaddr) for family, _, _, _, sockaddr in found))
