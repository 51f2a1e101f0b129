from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ocsp_staple_exporter import resolver as resolver_room
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.config.permission import Permission
from ocsp_staple_exporter.model import Endpoint, Module, ProbeError, ProbeFailure, Proxy, ProxyScheme
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Resolver
from tests.api.site import Site, real_parts, serving_parts

LOOPBACK_1 = Permission(names=frozenset(), networks=(ipaddress.ip_network("127.0.0.1/32"),))
NAMED = Permission(names=frozenset({"good.test"}))
PUBLIC = Permission(refuse_private=True)


class Names:
    """A name service whose answers change: each is given once, the last one again and again."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def getaddrinfo(self, host: str, port: int, **_options: Any) -> Sequence[Any]:
        self.questions.append(host)
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


class Door:
    """A port on 127.0.0.1 and on 127.0.0.2, at which nobody answers but every knock is heard."""

    def __init__(self) -> None:
        self.first = socket.create_server(("127.0.0.1", 0))
        self.port = self.first.getsockname()[1]
        self.second = socket.create_server(("127.0.0.2", self.port))
        for each in (self.first, self.second):
            each.setblocking(False)  # noqa: FBT003 - the socket module's own

    def knocks(self, at: socket.socket) -> int:
        heard = 0
        while True:
            try:
                connection, _ = at.accept()
            except BlockingIOError:
                return heard
            connection.close()
            heard += 1

    def close(self) -> None:
        self.first.close()
        self.second.close()


@asynccontextmanager
async def site_with(permission: Permission, names: Names) -> AsyncIterator[tuple[Site, Door]]:
    proxies = {
        scheme.value: Module(name=scheme.value, proxy=Proxy(scheme=scheme, host="127.0.0.1", port=1))
        for scheme in ProxyScheme
    }
    modules = {"default": Module(), "quick": Module(name="quick")} | proxies
    config = Config((), modules=modules, permission=permission)
    prober, door = Prober(Resolver(names.getaddrinfo), trust_anchors=()), Door()  # type: ignore[arg-type]
    try:
        async with serving_parts(real_parts(config, prober)) as site:
            yield site, door
    finally:
        door.close()


IN_A_HURRY = {"X-Prometheus-Scrape-Timeout-Seconds": "0.2"}


async def ask(site: Site, target: str, more: str = "") -> tuple[int, str]:
    reply = await site.ask(f"/probe?target={target}{more}", headers=IN_A_HURRY)
    return reply.status, reply.body.decode()


async def test_what_is_permitted_is_connected_to() -> None:
    async with site_with(LOOPBACK_1, Names("127.0.0.1")) as (site, door):
        status, text = await ask(site, f"good.test:{door.port}")
        assert status == 200
        assert 'ocsp_staple_probe_error{reason="handshake_timeout"} 1.0\n' in text
        assert door.knocks(door.first) == 1


@pytest.mark.parametrize("more", ["", "&debug=true"])
async def test_an_address_that_is_not_permitted_is_never_connected_to(more: str) -> None:
    async with site_with(LOOPBACK_1, Names("127.0.0.2")) as (site, door):
        status, text = await ask(site, f"bad.test:{door.port}", more)
        assert status == 403
        assert text.startswith('"bad.test" leads to an address that may not be asked for: see allow')
        assert "127.0.0.2" not in text
        assert "\n" not in text.removesuffix("\n")
        assert door.knocks(door.second) == 0


async def test_the_address_that_is_judged_is_the_one_that_is_used() -> None:
    names = Names("127.0.0.1", "127.0.0.2")
    async with site_with(LOOPBACK_1, names) as (site, door):
        assert (await ask(site, f"rebinding.test:{door.port}"))[0] == 200
        assert names.questions == ["rebinding.test"]
        assert (door.knocks(door.first), door.knocks(door.second)) == (1, 0)


async def test_a_name_that_leads_elsewhere_later_is_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_room, "KEPT_SECONDS", -1.0)
    names = Names("127.0.0.1", "127.0.0.2")
    async with site_with(LOOPBACK_1, names) as (site, door):
        assert (await ask(site, f"rebinding.test:{door.port}"))[0] == 200
        assert (await ask(site, f"rebinding.test:{door.port}"))[0] == 403
        assert len(names.questions) == 2
        assert (door.knocks(door.first), door.knocks(door.second)) == (1, 0)


async def test_a_name_that_nothing_permits_is_not_even_looked_up() -> None:
    names = Names("127.0.0.1")
    async with site_with(NAMED, names) as (site, door):
        status, text = await ask(site, f"other.test:{door.port}")
        assert (status, names.questions) == (403, [])
        assert text.startswith('"other.test" may not be asked for: see allow and refuse_private under "probe:"')
        assert (await ask(site, f"good.test:{door.port}"))[0] == 200


async def test_an_address_beside_a_permitted_name_is_not_permitted_by_that_name() -> None:
    names = Names("127.0.0.1")
    async with site_with(NAMED, names) as (site, door):
        status, text = await ask(site, f"good.test:{door.port}", "&address=127.0.0.1")
        assert (status, names.questions) == (403, [])
        assert text.startswith('"127.0.0.1" may not be asked for')
        assert door.knocks(door.first) == 0


async def test_an_address_that_is_permitted_by_itself_is_connected_to_under_any_name() -> None:
    names = Names("127.0.0.2")
    async with site_with(LOOPBACK_1, names) as (site, door):
        assert (await ask(site, f"any.test:{door.port}", "&address=127.0.0.1"))[0] == 200
        assert (await ask(site, f"any.test:{door.port}", "&address=127.0.0.2"))[0] == 403
        assert names.questions == []
        assert (door.knocks(door.first), door.knocks(door.second)) == (1, 0)


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254", "10.1.1.1"]
)
async def test_private_addresses_are_refused_where_the_file_says_so(target: str) -> None:
    async with site_with(PUBLIC, Names("127.0.0.1")) as (site, door):
        assert (await ask(site, f"{target}:{door.port}"))[0] == 403
        assert door.knocks(door.first) == 0


async def test_a_name_of_a_private_address_is_refused_where_the_file_says_so() -> None:
    async with site_with(PUBLIC, Names("127.0.0.1")) as (site, door):
        assert (await ask(site, f"localhost.example:{door.port}"))[0] == 403
        assert door.knocks(door.first) == 0


async def test_what_is_asked_wrongly_is_wrong_before_it_is_forbidden() -> None:
    async with site_with(NAMED, Names("127.0.0.1")) as (site, _):
        assert (await ask(site, "other.test:0"))[0] == 400


async def test_a_prober_asks_before_it_opens_a_connection() -> None:
    door, asked = Door(), list[str]()
    endpoint = Endpoint(target="t", host="127.0.0.2", port=door.port, server_name=None, module=Module())

    def refuse(address: str) -> bool:
        asked.append(address)
        return False

    result = await Prober(trust_anchors=()).probe(endpoint, may_connect=refuse)
    assert asked == ["127.0.0.2"]
    assert isinstance(result.outcome, ProbeError)
    assert result.outcome.reason is ProbeFailure.ADDRESS_NOT_ALLOWED
    assert door.knocks(door.second) == 0
    door.close()


@pytest.mark.parametrize("module", ["http", "socks5h"])
@pytest.mark.parametrize("permission", [PUBLIC, LOOPBACK_1])
async def test_a_name_that_a_proxy_resolves_is_refused_where_its_address_would_have_to_be_seen(
    module: str, permission: Permission
) -> None:
    names = Names("127.0.0.1")
    async with site_with(permission, names) as (site, _):
        status, text = await ask(site, "www.test", f"&module={module}")
        assert (status, names.questions) == (403, [])
        assert text.startswith('"www.test" is resolved by a proxy, so that neither networks nor refuse_private can be')


@pytest.mark.parametrize(
    ("permission", "target", "module"),
    [
        (NAMED, "good.test", "http"),
        (NAMED, "good.test", "socks5h"),
        (LOOPBACK_1, "www.test", "socks5"),
        (LOOPBACK_1, "127.0.0.1", "http"),
    ],
)
async def test_what_can_be_assured_goes_through_a_proxy(permission: Permission, target: str, module: str) -> None:
    async with site_with(permission, Names("127.0.0.1")) as (site, _):
        status, text = await ask(site, target, f"&module={module}")
        assert status == 200
        assert 'reason="proxy_unreachable"' in text


@pytest.mark.parametrize(
    ("permission", "target", "module"),
    [
        (NAMED, "other.test", "http"),
        (PUBLIC, "10.0.0.1", "http"),
        (PUBLIC, "www.test", "socks5"),
        (LOOPBACK_1, "127.0.0.2", "socks5h"),
    ],
)
async def test_what_is_not_permitted_is_not_either_through_a_proxy(
    permission: Permission, target: str, module: str
) -> None:
    async with site_with(permission, Names("127.0.0.1")) as (site, _):
        assert (await ask(site, target, f"&module={module}"))[0] == 403
