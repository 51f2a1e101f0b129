from __future__ import annotations

import json
import re

import pytest

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import Module, Target, expand
from tests.api.site import Site, real_parts, serving_parts
from tests.app.test_hostile_text import HOSTILE, server_that_calls_itself, server_that_says


async def texts_about(port: int) -> dict[str, str]:
    """Everything that the API and /probe say of a host."""
    target = Target(name="t", host="127.0.0.1", port=port, server_name="hostile.test", module=Module())
    given = real_parts(Config((target,)))
    (endpoint,) = expand(target)
    await given.probe_now(endpoint)
    async with serving_parts(given) as site:
        paths = (
            "/api/v1/endpoints",
            f"/api/v1/endpoints/{endpoint.id}",
            f"/probe?target=127.0.0.1:{port}&server_name=hostile.test",
            f"/probe?target=127.0.0.1:{port}&server_name=hostile.test&debug=true",
        )
        return {path: (await site.ask(path)).body.decode() for path in paths}


def assert_harmless(shown: dict[str, str]) -> None:
    for where, text in shown.items():
        lines = [text.removesuffix("\n"), *strings(json.loads(text))] if where.startswith("/api") else text.split("\n")
        for line in lines:
            assert line.isprintable(), (where, line)
        assert "x" * 2000 not in text, where


def strings(value: object) -> list[str]:
    """All strings of a JSON value but those of Base64, with snippets line by line."""
    match value:
        case str():
            return value.split("\n")
        case dict():
            return [text for name, each in value.items() if not name.endswith("base64") for text in strings(each)]
        case list():
            return [text for each in value for text in strings(each)]
    return []


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_names_in_certificates_are_escaped(name: str) -> None:
    async with server_that_calls_itself(name) as port:
        shown = await texts_about(port)
    assert_harmless(shown)
    assert all("certid_serial_mismatch" in text for text in shown.values())


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_banners_are_escaped(name: str) -> None:
    async with server_that_says(name.encode() + b"\xff\xfe") as port:
        assert_harmless(await texts_about(port))


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_parameters_are_escaped(name: str) -> None:
    async with serving_parts(real_parts(Config(()))) as site:
        for reply in [await ask(site, parameter, name) for parameter in ("target", "module", "server_name", "debug")]:
            assert reply[0] == 400
            assert reply[1].removesuffix("\n").isprintable()
            assert len(reply[1]) < 2000


async def ask(site: Site, parameter: str, value: str) -> tuple[int, str]:
    quoted = "".join(f"%{byte:02x}" for byte in value[:1500].encode())
    query = f"{parameter}={quoted}" if parameter == "target" else f"target=127.0.0.1:9&{parameter}={quoted}"
    reply = await site.ask(f"/probe?{query}")
    assert re.match("text/plain", reply.headers["Content-Type"])
    return reply.status, reply.body.decode()
