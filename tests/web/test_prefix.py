from __future__ import annotations

import pytest
from aiohttp import ClientSession

from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from ocsp_staple_exporter.web.serving import serving
from ocsp_staple_exporter.web.site import web_app
from tests.web.made_parts import parts

PATHS = ["/", "/metrics", "/-/healthy", "/-/ready"]


async def statuses(*paths: str, prefix: str = "", home: str = "") -> list[tuple[int, str | None]]:
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    async with (
        serving(web_app(parts(), prefix=prefix, home=home), sockets),
        ClientSession(f"http://{name(sockets[0])}") as session,
    ):
        answers = [await session.get(path, allow_redirects=False) for path in paths]
        for answer in answers:
            assert answer.headers["Server"] == "ocsp-staple-exporter"
        return [(answer.status, answer.headers.get("Location")) for answer in answers]


async def test_without_a_prefix_all_is_at_the_root() -> None:
    assert await statuses(*PATHS, "/staples/metrics") == [(200, None)] * 4 + [(404, None)]


async def test_with_a_prefix_all_is_below_it() -> None:
    below = [f"/a/b{path}" for path in PATHS]
    assert await statuses(*below, prefix="/a/b") == [(200, None)] * 4
    assert await statuses(*PATHS[1:], "/a", "/a/bmetrics", prefix="/a/b") == [(404, None)] * 5


@pytest.mark.parametrize(("home", "leads_to"), [("", "/a/b/"), ("https://example.com/x", "https://example.com/x")])
async def test_the_root_leads_to_the_prefix_or_to_the_address_outside(home: str, leads_to: str) -> None:
    assert await statuses("/", "/a/b", prefix="/a/b", home=home) == [(302, leads_to), (302, "/a/b/")]
