"""Alertmanager, which passes all alerts on to one webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from ocsp_staple_exporter.lab.process import Server, find_program, reserved_port, running

PROGRAM = "prometheus-alertmanager"
PACKAGE = "prometheus-alertmanager"


@contextmanager
def alertmanager(webhook_url: str, directory: Path) -> Iterator[Server]:
    """Run Alertmanager on a port of 127.0.0.1 until the context ends; enter when it listens.

    All alerts are one group, so each notification lists every alert that fires, and those
    that have been resolved since the one before. A notification is sent at once when there is
    none yet, then at most every second, and only when something has changed.

    `directory` must exist; all that Alertmanager writes stands in it. Raises
    ProgramMissingError and ServerFailedError.
    """
    program = find_program(PROGRAM, package=PACKAGE)
    configuration = directory / "alertmanager.yml"
    configuration.write_text(_configuration(webhook_url))
    with reserved_port() as port:
        command = [
            program,
            f"--config.file={configuration}",
            f"--storage.path={directory / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",  # alone: no gossip, and no wait for peers
        ]
        with running(command, port=port, directory=directory, error_log=directory / "alertmanager.log") as server:
            yield server


def _configuration(webhook_url: str) -> str:
    configuration = {
        "route": {"receiver": "webhook", "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "webhook", "webhook_configs": [{"url": webhook_url, "send_resolved": True}]}],
    }
    return yaml.safe_dump(configuration)
