"""Lists that are fetched over HTTP."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ocsp_staple_exporter.config.lists import Authorization, BasicAuth, TargetURL
from ocsp_staple_exporter.discovery import Source
from ocsp_staple_exporter.discovery import fetching as fetching_module
from ocsp_staple_exporter.discovery.fetching import FetchError, fetch
from tests.discovery.following import following, groups, target, wanted

SOON = timedelta(seconds=0.02)


@dataclass
class Inventory:
    """Answers what it is told to, and keeps what it was asked."""

    server: TestServer
    redirects: int = 0
    """To itself, before it answers."""

    body: str | bytes = "[]"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    asked: list[web.Request] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if self.hold is not None:
            await self.hold.wait()
        if len(self.asked) <= self.redirects:
            raise web.HTTPFound("/targets")
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(status=self.status, body=body, headers=self.headers)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/targets"))


@pytest.fixture
async def inventory() -> AsyncIterator[Inventory]:
    app = web.Application()
    server = TestServer(app)
    given = Inventory(server)
    app.router.add_get("/targets", given.answer)
    async with server:
        yield given


async def problem(source: TargetURL) -> str:
    with pytest.raises(FetchError) as caught:
        await fetch(source)
    return str(caught.value)


async def test_a_list_is_asked_for_as_prometheus_asks(inventory: Inventory) -> None:
    await fetch(TargetURL(url=inventory.url, refresh_interval=timedelta(seconds=90)))
    (request,) = inventory.asked
    assert request.headers["Accept"] == "application/json"
    assert request.headers["X-Prometheus-Refresh-Interval-Seconds"] == "90"
    assert request.headers["User-Agent"].startswith("ocsp-staple-exporter/")
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
async def test_json_in_utf_8_is_accepted(inventory: Inventory, kind: str) -> None:
    inventory.headers = {"Content-Type": kind}
    assert await fetch(TargetURL(url=inventory.url)) == b"[]"


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (404, {"Content-Type": "application/json"}, "was answered with status 404, not 200"),
        (204, {"Content-Type": "application/json"}, "was answered with status 204, not 200"),
        (200, {"Content-Type": "text/html"}, 'was answered with the Content-Type "text/html", not application/json'),
        (200, {"Content-Type": "application/json; charset=latin1"}, "not application/json"),
        (302, {"Location": "file:///etc/passwd"}, 'was redirected to "file:///etc/passwd", which is not HTTP'),
        (302, {"Location": "/targets"}, "was redirected more than 3 times"),
    ],
)
async def test_another_answer_is_refused(inventory: Inventory, status: int, headers: dict[str, str], told: str) -> None:
    inventory.status, inventory.headers = status, headers
    assert told in await problem(TargetURL(url=inventory.url))


async def test_three_redirects_are_followed_and_no_fourth(inventory: Inventory) -> None:
    inventory.redirects = 3
    assert await fetch(TargetURL(url=inventory.url)) == b"[]"
    inventory.redirects, inventory.asked = 4, []
    assert await problem(TargetURL(url=inventory.url)) == "was redirected more than 3 times"
    assert len(inventory.asked) == 4


async def test_a_packed_answer_is_refused_as_it_may_swell(inventory: Inventory) -> None:
    inventory.body = gzip.compress(b" " * 10_000_000)
    inventory.headers |= {"Content-Encoding": "gzip"}
    assert 'with the Content-Encoding "gzip"' in await problem(TargetURL(url=inventory.url))
    assert inventory.asked[0].headers["Accept-Encoding"] == "identity"


async def test_an_answer_that_is_too_large_is_refused(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching_module, "LARGEST", 1024**2)
    inventory.body = b" " * (1024**2 + 1)
    assert await problem(TargetURL(url=inventory.url)) == "was answered with more than 1 MiB"


async def test_an_answer_that_does_not_come_is_given_up(inventory: Inventory) -> None:
    inventory.hold = asyncio.Event()
    told = await problem(TargetURL(url=inventory.url, refresh_interval=timedelta(seconds=0.1)))
    inventory.hold.set()
    assert told == "no whole answer came within 0.1 s"


async def test_a_host_that_is_not_there_is_told(unused_tcp_port: int) -> None:
    assert "cannot be fetched: " in await problem(TargetURL(url=f"http://127.0.0.1:{unused_tcp_port}/"))


async def test_credentials_are_read_for_every_request(inventory: Inventory, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    basic = TargetURL(url=inventory.url, basic_auth=BasicAuth(username="exporter", password_file=secret))
    bearer = TargetURL(url=inventory.url, authorization=Authorization(type="Bearer", credentials_file=secret))
    for source, content in ((basic, "open sesame\n"), (basic, "other"), (bearer, "token\n")):
        secret.write_text(content, encoding="utf-8")
        await fetch(source)
    assert [request.headers["Authorization"] for request in inventory.asked] == [
        "Basic ZXhwb3J0ZXI6b3BlbiBzZXNhbWU=",
        "Basic ZXhwb3J0ZXI6b3RoZXI=",
        "Bearer token",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8 text"), (b"a\nb", "")],
)
async def test_credentials_that_cannot_be_sent_are_told_and_not_shown(
    inventory: Inventory, tmp_path: Path, content: bytes | None, told: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    source = TargetURL(url=inventory.url, authorization=Authorization(type="Bearer", credentials_file=secret))
    assert told in await problem(source)
    assert not inventory.asked


async def test_credentials_are_not_sent_on_to_another_host(inventory: Inventory, tmp_path: Path) -> None:
    app = web.Application()
    other = Inventory(TestServer(app))
    app.router.add_get("/targets", other.answer)
    (tmp_path / "secret").write_text("token", encoding="utf-8")
    async with other.server:
        inventory.status, inventory.headers = 302, {"Location": other.url}
        authorization = Authorization(type="Bearer", credentials_file=tmp_path / "secret")
        await fetch(TargetURL(url=inventory.url, authorization=authorization))
    assert "Authorization" in inventory.asked[0].headers
    assert "Authorization" not in other.asked[0].headers


async def test_a_list_that_is_fetched_is_followed(inventory: Inventory) -> None:
    inventory.body = groups("a")
    async with following(wanted(target("own"), urls=[TargetURL(url=inventory.url, refresh_interval=SOON)])) as lists:
        assert lists.names == {"own", "a"}
        inventory.body = groups("b")
        await lists.until(lambda: lists.names == {"own", "b"})


async def test_a_list_that_cannot_be_fetched_stays_as_it_was(inventory: Inventory) -> None:
    inventory.body = groups("a")
    source = TargetURL(url=inventory.url, refresh_interval=timedelta(seconds=0.2))
    async with following(wanted(urls=[source])) as lists:
        inventory.status = 500
        await lists.until(lambda: lists.discovery.failures[Source.URL] >= 2)
        assert lists.names == {"a"}
        assert lists.state(inventory.url, Source.URL).problems == (
            f"{inventory.url}: was answered with status 500, not 200",
        )
        inventory.status, inventory.body = 200, groups("a", "b")
        await lists.until(lambda: lists.names == {"a", "b"})
        assert not lists.state(inventory.url, Source.URL).problems


async def test_an_answer_that_is_no_list_leaves_the_last_good_one(inventory: Inventory) -> None:
    inventory.body = groups("a")
    source = TargetURL(url=inventory.url, refresh_interval=timedelta(seconds=0.2))
    async with following(wanted(urls=[source])) as lists:
        inventory.body = '[{"targets": ["*"]}]'
        await lists.until(lambda: lists.discovery.failures[Source.URL] >= 1)
        assert lists.names == {"a"}


async def test_an_answer_like_the_one_before_is_not_read_again(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory.body = groups("a")
    async with following(wanted(urls=[TargetURL(url=inventory.url, refresh_interval=SOON)])) as lists:
        monkeypatch.setattr("ocsp_staple_exporter.discovery.discovery.read_json", None)
        asked = len(inventory.asked)
        await lists.until(lambda: len(inventory.asked) > asked + 2)
        assert lists.discovery.failures[Source.URL] == 0


async def test_a_url_that_hangs_holds_no_other_list_up(inventory: Inventory, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(groups("a"), encoding="utf-8")
    inventory.hold = asyncio.Event()
    urls = [TargetURL(url=inventory.url, refresh_interval=timedelta(seconds=0.5))]
    async with following(wanted(files=[file], urls=urls)) as lists:
        assert lists.names == {"a"}
        assert lists.discovery.failures[Source.URL] == 1
        inventory.hold.set()
