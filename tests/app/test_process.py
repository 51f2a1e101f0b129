from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.app.process import PLAIN_ASYNCIO, Exporter, exporter


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0)
        yield server


@pytest.fixture
def config(tmp_path: Path, silent: socket.socket) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(f"targets:\n- 127.0.0.1:{port_of(silent)}\n")
    return path


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


async def scrape(url: str, path: str = "/metrics") -> str:
    async with aiohttp.ClientSession(url) as session, session.get(path) as response:
        response.raise_for_status()
        return await response.text()


async def stopped_by(number: signal.Signals, running: Exporter) -> tuple[int, float]:
    """Exit status, and the seconds that it took to stop."""
    began = asyncio.get_running_loop().time()
    running.process.send_signal(number)
    status = await running.rest()
    return status, asyncio.get_running_loop().time() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("prelude", ["", PLAIN_ASYNCIO], ids=["uvloop", "asyncio"])
async def test_a_signal_ends_it_at_once_even_in_the_middle_of_a_probe(
    config: Path, silent: socket.socket, number: signal.Signals, prelude: str
) -> None:
    if not prelude:
        pytest.importorskip("uvloop")
    async with exporter(config, prelude=prelude) as running:
        started = await running.until("msg=started")
        assert ("loop=uvloop" in started.string) == (not prelude)
        url = await running.listening()
        probe, _ = await asyncio.get_running_loop().sock_accept(silent)
        assert "ocsp_staple_exporter_probes_in_flight 1.0\n" in await scrape(url)
        status, seconds = await stopped_by(number, running)
        assert status == 0
        assert seconds < 5  # a probe may take 15
        assert "Traceback" not in running.text
        assert "Warning" not in running.text
        assert f"signal={number.name}" in running.text
        probe.close()


async def test_a_scraper_that_keeps_its_connection_does_not_delay_the_end(config: Path) -> None:
    async with exporter(config) as running, aiohttp.ClientSession(await running.listening()) as session:
        async with session.get("/-/ready") as response:
            assert response.status == 200
        status, seconds = await stopped_by(signal.SIGTERM, running)
        assert (status, running.text.count("msg=stopped")) == (0, 1)
        assert seconds < 5  # a probe may take 15


async def test_the_start_is_told_with_the_port_that_the_kernel_chose(config: Path) -> None:
    async with exporter(config, "--web.listen-address=127.0.0.1:0") as running:
        url = await running.listening()
        assert not url.endswith(":0")
        second = await running.listening()
        assert second != url
        assert "Healthy." in await scrape(url, "/-/healthy")
        assert "Healthy." in await scrape(second, "/-/healthy")
        assert f"file={config}" in running.text
        assert "version=" in running.text
        assert "targets=1" in running.text


async def test_results_of_real_probes_reach_metrics_and_log(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = port_of(server)
    config = tmp_path / "config.yaml"
    config.write_text(f"targets:\n- 127.0.0.1:{port}\n")
    async with exporter(config) as running:
        url = await running.listening()
        line = await running.until('msg="probe fails"')
        assert "reasons=connect_refused" in line.string
        assert f"target=127.0.0.1:{port}" in line.string
        text = await scrape(url)
        labels = f'{{target="127.0.0.1:{port}"}}'
        assert f"ocsp_staple_probe_success{labels} 0.0\n" in text
        assert f'ocsp_staple_probe_error{{reason="connect_refused",target="127.0.0.1:{port}"}} 1.0\n' in text
        assert 'ocsp_staple_exporter_probes_total{result="failure"} 1.0\n' in text
        assert "ocsp_staple_exporter_config_last_reload_successful 1.0\n" in text


async def test_an_address_in_use_is_one_line_and_exit_status_1(config: Path, silent: socket.socket) -> None:
    address = f"127.0.0.1:{port_of(silent)}"
    async with exporter(config, f"--web.listen-address={address}") as running:
        assert await running.rest() == 1
        errors = [line for line in running.log if line.startswith("error:")]
        assert errors == [f"error: cannot listen on {address}: Address already in use"]
        assert "Traceback" not in running.text


async def test_a_bad_configuration_is_told_whole_and_exit_status_2(tmp_path: Path) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text("modules:\n  default:\n    intervall: 5m\ntargets:\n- host: ''\n  port: 70000\n")
    async with exporter(config) as running:
        assert await running.rest() == 2
        errors = [line for line in running.log if line.startswith(f"error: {config}:")]
        assert len(errors) == len(running.log) >= 2


async def test_what_is_no_http_is_refused_without_a_line_in_the_log(config: Path) -> None:
    async with exporter(config) as running:
        url = await running.listening()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /\x1b[31m\xff HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
        running.process.send_signal(signal.SIGTERM)
        assert await running.rest() == 0
    assert "Error handling request" not in running.text
