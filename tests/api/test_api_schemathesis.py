"""Requests made from the OpenAPI document, right ones and wrong ones, and what it says of the answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import expand
from ocsp_staple_exporter.web.api.openapi import openapi
from ocsp_staple_exporter.web.api.routes import OPERATIONS, PREFIX
from tests.api.site import serving_parts
from tests.exposition import made_results as made
from tests.web.made_parts import parts

LONGEST_URL = 8000
"""Characters; aiohttp refuses a longer request line before any of our code sees it."""

TARGET = made.target("www.example.com:443", team="web")
(WATCHED,) = expand(TARGET)

document = schemathesis.openapi.from_dict(dict(openapi(OPERATIONS, "1.2.3")))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in a thread, since schemathesis's client blocks; it watches the endpoint of the document's examples."""
    given = parts(config=Config((TARGET, made.target("b")), probe_on_demand=True))
    given.results.publish(made.result(made.observation(made.STALE), of=WATCHED))
    started, stop, urls = threading.Event(), asyncio.Event(), list[str]()

    async def serve() -> None:
        async with serving_parts(given) as site:
            urls.append(site.url)
            started.set()
            await stop.wait()

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=runner.run, args=(serve(),))
        thread.start()
        assert started.wait(10)
        yield urls[0] + PREFIX
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@document.parametrize()
@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_its_own_description(case: Case[Any], url: str) -> None:
    request = requests.Request(**case.as_transport_kwargs(base_url=url)).prepare()
    assume(len(request.url or "") < LONGEST_URL)
    case.call_and_validate(base_url=url)


@pytest.mark.parametrize(("path", "method"), [("/endpoints/{id}", "GET"), ("/endpoints/{id}/probe", "POST")])
def test_the_answer_for_a_watched_endpoint_keeps_its_description(path: str, method: str, url: str) -> None:
    case = document[path][method].Case(path_parameters={"id": WATCHED.id}, headers={"Content-Type": "application/json"})
    assert case.call_and_validate(base_url=url).status_code == 200
