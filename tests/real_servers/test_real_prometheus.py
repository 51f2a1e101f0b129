from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from ocsp_staple_exporter.lab.process import ServerFailedError, reserved_port
from ocsp_staple_exporter.lab.prometheus import QueryError, Sample, prometheus, scrape

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus")]


@pytest.fixture
async def exporter() -> AsyncIterator[str]:
    """The `host:port` of a tiny exporter."""

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text='toy_metric{colour="blue"} 42\n')

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_prometheus_scrapes_and_answers(exporter: str, tmp_path: Path) -> None:
    with reserved_port() as closed_port:
        jobs = [scrape(exporter, job="toy"), scrape(f"127.0.0.1:{closed_port}", job="down")]
        async with prometheus(jobs, tmp_path) as running:
            samples = await running.wait_for("toy_metric")
            down = await running.wait_for('up{job="down"}')
            targets = {str(target["scrapePool"]): target["lastError"] for target in await running.targets()}
            assert await running.query("toy_metric > 100") == []
            assert await running.query("vector(7)") == [Sample({}, 7.0)]

    labels = {"__name__": "toy_metric", "colour": "blue", "instance": exporter, "job": "toy"}
    assert samples == [Sample(labels, 42.0)]
    assert [sample.value for sample in down] == [0.0]
    assert targets["toy"] == ""
    assert "connection refused" in str(targets["down"])


async def test_a_bad_expression_is_an_error(tmp_path: Path) -> None:
    async with prometheus([], tmp_path) as running:
        with pytest.raises(QueryError, match="parse error"):
            await running.query("up{")


async def test_a_bad_configuration_tells_why_prometheus_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ServerFailedError, match="no_such_setting"):
        async with prometheus([scrape("127.0.0.1:1", no_such_setting=1)], tmp_path):
            pass
