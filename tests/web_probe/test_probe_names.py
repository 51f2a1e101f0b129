"""Names that /probe looks up take nothing from those of the list."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import Endpoint, Module, ProbeError, ProbeFailure
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import STRANGERS, Resolver
from tests.api.site import Reply, Site, real_parts, serving_parts

IN_A_HURRY = {"X-Prometheus-Scrape-Timeout-Seconds": "0.01"}
CONFIG = Config((), modules={"default": Module()})


class DeadNames:
    """A name server that is silent until it is released, then knows no name; it knows `watched.test` at once."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.questions: list[str] = []
        self.release = threading.Event()

    def getaddrinfo(self, host: str, port: int, **_options: Any) -> list[Any]:
        self.questions.append(host)
        if host == "watched.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        self.asked.release()
        assert self.release.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture
def names() -> Iterator[DeadNames]:
    made = DeadNames()
    yield made
    made.release.set()


@pytest.fixture
def prober(names: DeadNames) -> Prober:
    return Prober(Resolver(names.getaddrinfo), trust_anchors=())


async def probe_watched(prober: Prober) -> ProbeFailure | None:
    """As the schedule does it, at a port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        watched = Endpoint(target="watched.test", host="watched.test", port=port, server_name=None, module=Module())
        outcome = (await prober.probe(watched)).outcome
    return outcome.reason if isinstance(outcome, ProbeError) else None


def begin(site: Site, many: int) -> list[asyncio.Task[Reply]]:
    return [asyncio.create_task(site.ask(f"/probe?target=dead-{n}.test")) for n in range(many)]


async def test_hasty_probes_of_dead_names_hold_up_no_watched_host(names: DeadNames, prober: Prober) -> None:
    async with asyncio.timeout(20), serving_parts(real_parts(CONFIG, prober)) as site:
        for start in range(0, 200, 40):
            asked = [site.ask(f"/probe?target=dead-{start + n}.test", headers=IN_A_HURRY) for n in range(40)]
            assert {reply.status for reply in await asyncio.gather(*asked)} == {200}
        assert await probe_watched(prober) is ProbeFailure.CONNECT_REFUSED
    assert len(names.questions) == STRANGERS.threads + 1


async def test_too_many_names_at_once_are_a_503_until_some_are_answered(names: DeadNames, prober: Prober) -> None:
    async with asyncio.timeout(20), serving_parts(real_parts(CONFIG, prober)) as site:
        asked = begin(site, STRANGERS.questions + 1)
        (refused,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        reply = refused.result()
        assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
        assert reply.body == b"too many names are being looked up: ask again in a moment\n"
        assert await probe_watched(prober) is ProbeFailure.CONNECT_REFUSED
        names.release.set()
        statuses = sorted(reply.status for reply in await asyncio.gather(*asked))
        assert statuses == [200] * STRANGERS.questions + [503]
        assert (await site.ask("/probe?target=one-more.test")).status == 200
