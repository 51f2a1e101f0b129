"""Finds the addresses of watched hosts.

The system's own resolver is asked (nsswitch, /etc/hosts), in threads of our own: the
loop's default executor has as few as six, so that a handful of dead name servers would
hold up everybody. The threads are daemons, because a look-up cannot be interrupted and
must not delay the end of the program.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeAlias

from ocsp_staple_exporter.model import IPFamily

THREADS = 64
"""Look-ups under way at once; they wait for name servers and use no CPU."""

KEPT_SECONDS = 60.0
"""How long an answer serves; getaddrinfo hides the TTL of the records."""

ANSWERS_KEPT = 131_072
"""Answers remembered at most; beyond that they are all forgotten and asked for again."""

_FAMILIES = {IPFamily.ANY: socket.AF_UNSPEC, IPFamily.IPV4: socket.AF_INET, IPFamily.IPV6: socket.AF_INET6}

GetAddrInfo: TypeAlias = Callable[..., list[Any]]
_Question: TypeAlias = tuple[str, int, IPFamily]


class Address(NamedTuple):
    """Where to connect: an address family and an address tuple, as the `socket` module has them."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> str:
        return str(self.sockaddr[0])


class Resolver:
    """Asks for addresses, each question once at a time, and remembers the answers for a minute.

    Failures are not remembered: the next probe asks again.
    """

    def __init__(self, getaddrinfo: GetAddrInfo = socket.getaddrinfo) -> None:
        self._getaddrinfo = getaddrinfo
        self._questions: SimpleQueue[tuple[_Question, asyncio.Future[tuple[Address, ...]]]] = SimpleQueue()
        self._threads = 0
        self._open: dict[_Question, asyncio.Future[tuple[Address, ...]]] = {}
        self._answers: dict[_Question, tuple[float, tuple[Address, ...]]] = {}

    async def resolve(self, host: str, port: int, family: IPFamily) -> tuple[Address, ...]:
        """The addresses of `host`, in the order in which RFC 6724 would try them; never empty.

        Raises OSError (`socket.gaierror`) when there is none.
        """
        question = (host, port, family)
        loop = asyncio.get_running_loop()
        known = self._answers.get(question)
        if known is not None and loop.time() < known[0]:
            return known[1]
        answer = _literal(question)
        if answer is None:
            answer = await asyncio.shield(self._ask(question))
        if len(self._answers) >= ANSWERS_KEPT:
            self._answers.clear()
        self._answers[question] = (loop.time() + KEPT_SECONDS, answer)
        return answer

    def _ask(self, question: _Question) -> asyncio.Future[tuple[Address, ...]]:
        if question not in self._open:
            future: asyncio.Future[tuple[Address, ...]] = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda done: self._close(question, done))
            self._open[question] = future
            self._questions.put((question, future))
            if self._threads < min(THREADS, len(self._open)):
                self._threads += 1
                threading.Thread(target=self._work, name=f"resolver-{self._threads}", daemon=True).start()
        return self._open[question]

    def _close(self, question: _Question, done: asyncio.Future[tuple[Address, ...]]) -> None:
        del self._open[question]
        if not done.cancelled():
            done.exception()  # seen: whoever asked may have run into its deadline and gone

    def _work(self) -> None:
        while True:
            question, future = self._questions.get()
            outcome: tuple[Address, ...] | Exception
            try:
                outcome = _look_up(self._getaddrinfo, question, flags=socket.AI_ADDRCONFIG)
            except (OSError, ValueError) as error:  # ValueError: a label too long or empty for the idna codec
                outcome = error
            try:
                future.get_loop().call_soon_threadsafe(_settle, future, outcome)
            except RuntimeError:  # the loop is closed: the program ends
                return


def _settle(future: asyncio.Future[tuple[Address, ...]], outcome: tuple[Address, ...] | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome if isinstance(outcome, OSError) else OSError(str(outcome)))
    else:
        future.set_result(outcome)


def _literal(question: _Question) -> tuple[Address, ...] | None:
    """The address itself where the host is one, without a thread."""
    try:
        return _look_up(socket.getaddrinfo, question, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return None


def _look_up(getaddrinfo: GetAddrInfo, question: _Question, *, flags: int) -> tuple[Address, ...]:
    host, port, family = question
    found = getaddrinfo(host, port, family=_FAMILIES[family], type=socket.SOCK_STREAM, flags=flags)
    return tuple(dict.fromkeys(Address(int(family), sockaddr) for family, _, _, _, sockaddr in found))
