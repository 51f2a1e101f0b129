"""deploy/systemd: the unit is one, it starts this program, and the program lives within it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocsp_staple_exporter import app, start
from ocsp_staple_exporter.cli import main
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.lab.hosts import laboratory
from tests.app.process import exporter
from tests.app.test_process import scrape
from tests.deploy.confinement import allowed_calls, service
from tests.real_servers.conftest import require

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "systemd" / "ocsp-staple-exporter.service"
SETTINGS = service(UNIT)
PROGRAM, *ARGUMENTS = SETTINGS["ExecStart"][0].split()
CONFIG = "/etc/ocsp-staple-exporter/config.yaml"
MOST_EXPOSURE = 15
"""In tenths, as `systemd-analyze security` counts from 0 to 10 what a service could still do."""


@pytest.fixture
def needs_systemd() -> None:
    require("systemd-analyze", "systemd")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists on this machine."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    return copy


def arguments(config: Path) -> list[str]:
    return [argument.replace(CONFIG, str(config)) for argument in ARGUMENTS]


def test_the_command_serves_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Config] = []
    monkeypatch.setattr(start, "listen", lambda _addresses: [])
    monkeypatch.setattr(app, "run", lambda config, _sockets, **_options: served.append(config))
    (tmp_path / "config.yaml").write_text("targets: [www.example.com]\n")
    done = CliRunner().invoke(main, arguments(tmp_path / "config.yaml"))
    assert done.exit_code == 0, done.output
    assert [target.host for target in served[0].targets] == ["www.example.com"]


def test_a_bad_configuration_ends_it_with_the_status_after_which_it_is_not_started_again(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("targets: [www.example.com, www.example.com]\n")
    for command in (arguments(tmp_path / "config.yaml"), [*ARGUMENTS, "--no-such-option"]):
        assert [str(CliRunner().invoke(main, command).exit_code)] == SETTINGS["RestartPreventExitStatus"]


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_systemd")
def test_systemd_takes_the_unit_without_a_word(unit: Path) -> None:
    assert verify(unit) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=strickt"))
    assert "strickt" in verify(unit)[1]


def verify(unit: Path) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_systemd")
def test_little_is_left_that_the_service_could_do(unit: Path) -> None:
    assert is_tight(unit)
    unit.write_text(unit.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert not is_tight(unit)


def is_tight(unit: Path) -> bool:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(unit)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_systemd")
async def test_the_exporter_probes_answers_reloads_and_ends_with_the_system_calls_that_the_unit_leaves(
    tmp_path: Path,
) -> None:
    async with laboratory(lambda: datetime.now(UTC)) as lab:
        config = tmp_path / "config.yaml"
        config.write_text("targets: []\nprobe: {allow: [localhost]}\n")
        async with exporter(config, prelude=confined(UNIT)) as running:
            url = await running.listening()
            answer = await scrape(url, f"/probe?target=localhost:{lab.port}&server_name=healthy-rsa.test")
            assert "ocsp_staple_verified 1.0" in answer
            assert "process_start_time_seconds" in await scrape(url)
            (reload,) = SETTINGS["ExecReload"]
            assert reload == "/bin/kill -HUP $MAINPID"
            running.process.send_signal(signal.SIGHUP)
            await running.until('msg="configuration reloaded"')
            running.process.send_signal(signal.SIGTERM)
            assert await running.rest() == 0, running.text


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_systemd")
async def test_a_unit_that_leaves_too_little_ends_the_exporter(tmp_path: Path, unit: Path) -> None:
    unit.write_text(unit.read_text().replace("SystemCallFilter=~@privileged", "SystemCallFilter=~@network-io"))
    (tmp_path / "config.yaml").write_text("targets: [www.example.com]\n")
    async with exporter(tmp_path / "config.yaml", prelude=confined(unit)) as running:
        assert await running.rest() == -signal.SIGSYS


def confined(unit: Path) -> str:
    return f"from pathlib import Path; from tests.deploy.confinement import confine; confine(Path({str(unit)!r}))\n"


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_systemd")
def test_groups_of_system_calls_are_taken_apart_and_taken_away() -> None:
    assert {"execve", "socket", "prlimit64"} <= allowed_calls(SETTINGS["SystemCallFilter"])
    assert {"setuid", "chroot", "mount", "ptrace"}.isdisjoint(allowed_calls(SETTINGS["SystemCallFilter"]))
