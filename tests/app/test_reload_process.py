"""A running process takes another configuration, or keeps the one it has."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.app.process import Exporter, exporter
from tests.app.test_process import port_of, scrape


@pytest.fixture
def refusing() -> Iterator[list[int]]:
    """Two ports on which nobody listens."""
    with closing(socket.socket()) as first, closing(socket.socket()) as second:
        for reserved in (first, second):
            reserved.bind(("127.0.0.1", 0))
        yield [port_of(first), port_of(second)]


@pytest.fixture
def config(tmp_path: Path, refusing: list[int]) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(f"targets:\n- {{host: 127.0.0.1, port: {refusing[0]}, name: stays}}\n")
    return path


def add_a_target(config: Path, port: int) -> None:
    config.write_text(config.read_text() + f"- {{host: 127.0.0.1, port: {port}, name: new}}\n")


def break_it(config: Path) -> None:
    config.write_text(config.read_text() + "- {host: example.org, hots: x}\n")


async def last_probe(url: str, target: str) -> str:
    lines = (await scrape(url)).splitlines()
    (line,) = (line for line in lines if line.startswith(f'ocsp_staple_last_probe_timestamp_seconds{{target="{target}'))
    return line


async def post_reload(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(url) as session, session.post("/-/reload") as response:
        return response.status, await response.text()


async def probed(running: Exporter, target: str) -> None:
    await running.until(f'msg="probe fails" .*target={target}')


async def test_a_hang_up_adds_what_is_new_and_leaves_what_stays(config: Path, refusing: list[int]) -> None:
    async with exporter(config) as running:
        url = await running.listening()
        await probed(running, "stays")
        before = await last_probe(url, "stays")
        add_a_target(config, refusing[1])
        running.process.send_signal(signal.SIGHUP)
        await running.until('msg="configuration reloaded" targets=2')
        await probed(running, "new")
        assert await last_probe(url, "stays") == before
        assert "ocsp_staple_exporter_targets 2.0" in await scrape(url)


async def test_a_post_reloads_and_answers_when_it_is_done(config: Path, refusing: list[int]) -> None:
    async with exporter(config) as running:
        url = await running.listening()
        add_a_target(config, refusing[1])
        assert await post_reload(url) == (200, "Reloaded.\n")
        assert "ocsp_staple_exporter_targets 2.0" in await scrape(url)


async def test_a_configuration_that_does_not_parse_changes_nothing_and_is_told_everywhere(config: Path) -> None:
    async with exporter(config) as running:
        url = await running.listening()
        await probed(running, "stays")
        break_it(config)
        status, text = await post_reload(url)
        assert status == 500
        assert f"{config}:3:23: targets[1].hots: unknown key" in text
        assert "hots: unknown key" in (await running.until("configuration not reloaded")).string
        metrics = await scrape(url)
        assert "ocsp_staple_exporter_config_last_reload_successful 0.0" in metrics
        assert 'ocsp_staple_probe_success{target="stays"} 0.0' in metrics


async def test_a_mended_configuration_is_successful_again(config: Path) -> None:
    good = config.read_text()
    async with exporter(config) as running:
        url = await running.listening()
        break_it(config)
        assert (await post_reload(url))[0] == 500
        config.write_text(good)
        assert (await post_reload(url))[0] == 200
        assert "ocsp_staple_exporter_config_last_reload_successful 1.0" in await scrape(url)


async def test_a_target_that_went_has_no_series_any_more(config: Path, refusing: list[int]) -> None:
    alone = config.read_text()
    add_a_target(config, refusing[1])
    async with exporter(config) as running:
        url = await running.listening()
        await probed(running, "new")
        config.write_text(alone)
        await post_reload(url)
        assert 'target="new"' not in await scrape(url)


async def test_a_get_reloads_nothing(config: Path) -> None:
    async with exporter(config) as running:
        url = await running.listening()
        async with aiohttp.ClientSession(url) as session, session.get("/-/reload") as response:
            assert response.status == 405
            assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)])
async def test_a_page_of_another_site_reloads_nothing(config: Path, site: str, status: int) -> None:
    async with exporter(config) as running:
        url, headers = await running.listening(), {"Sec-Fetch-Site": site}
        async with aiohttp.ClientSession(url) as session, session.post("/-/reload", headers=headers) as response:
            assert response.status == status


async def test_a_change_of_the_file_is_enough_where_files_are_followed(config: Path, refusing: list[int]) -> None:
    async with exporter(config, "--config.enable-auto-reload", "--config.auto-reload-interval=20ms") as running:
        await running.listening()
        add_a_target(config, refusing[1])
        await running.until('msg="configuration reloaded" targets=2')


async def test_a_reload_under_way_does_not_delay_the_end(config: Path) -> None:
    async with exporter(config) as running:
        await running.listening()
        running.process.send_signal(signal.SIGHUP)
        running.process.send_signal(signal.SIGTERM)
        assert await running.rest() == 0
        assert "Traceback" not in running.text
