"""A running process follows its lists, keeps what was good of them, and says what is not."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socket

import aiohttp
import pytest

from tests.app.process import exporter
from tests.app.test_process import port_of, scrape
from tests.discovery.following import replace_file


@pytest.fixture
def refusing() -> Iterator[str]:
    """An address at which nobody listens."""
    with closing(socket()) as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{port_of(reserved)}"


def group(address: str, name: str) -> dict[str, object]:
    return {"targets": [address], "labels": {"target": name, "team": "web"}}


async def test_a_list_is_followed_and_its_last_good_reading_kept(tmp_path: Path, refusing: str) -> None:
    config, targets = tmp_path / "config.yaml", tmp_path / "targets.json"
    config.write_text("target_files: ['*.json']\n", encoding="utf-8")
    targets.write_text(json.dumps([group(refusing, "first")]), encoding="utf-8")
    async with exporter(config) as running:
        url = await running.listening()
        await running.until('msg="probe fails" .*target=first')
        replace_file(targets, json.dumps([group(refusing, "first"), group(refusing, "second")]))
        running.process.send_signal(signal.SIGHUP)  # or it would be seen within ten seconds
        await running.until('msg="probe fails" .*target=second')
        replace_file(targets, json.dumps([group("https://a.example.com/", "third")]))
        running.process.send_signal(signal.SIGHUP)
        await running.until('msg="list not read, the last good one stays in force"')
        text = await scrape(url)
        async with aiohttp.ClientSession(url) as session, session.get("/api/v1/status") as response:
            (told,) = (await response.json())["lists"]
    assert 'ocsp_staple_probe_success{target="second",team="web"} 0' in text
    assert 'ocsp_staple_exporter_discovery_failures_total{source="file"} 1.0' in text
    assert 'ocsp_staple_exporter_discovery_lists_failing{source="file"} 1.0' in text
    assert told["targets"] == 2
    assert told["problems"][0].startswith(f"{targets}:1:2: [0].targets[0]: ")
