"""The unit for systemd starts the program as it is, and gives it what it needs and no more."""

from __future__ import annotations

import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocsp_staple_exporter.app import DESCRIPTORS_FOR_THE_REST
from ocsp_staple_exporter.cli import main
from ocsp_staple_exporter.config import Limits
from ocsp_staple_exporter.lab.process import find_program

UNIT = Path(__file__).parents[2] / "deploy/systemd/ocsp-staple-exporter.service"


@pytest.fixture(scope="module")
def service() -> dict[str, str]:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # keys have capital letters
    unit.read(UNIT)
    return dict(unit["Service"])


def test_the_command_is_one_that_the_program_understands(service: dict[str, str], tmp_path: Path) -> None:
    program, *arguments = shlex.split(service["ExecStart"])
    config = tmp_path / "config.yaml"
    config.write_text("targets: [www.example.com]\n")
    told = [argument.replace("/etc/ocsp-staple-exporter/config.yaml", str(config)) for argument in arguments]
    assert told != arguments
    ended = CliRunner().invoke(main, [*told, "--config.check"])
    assert (Path(program).name, ended.exit_code, ended.output) == ("ocsp-staple-exporter", 0, "ok: 1 target\n")


def test_the_descriptors_suffice_for_the_default_limits(service: dict[str, str]) -> None:
    limits = Limits()
    most = limits.probes_in_flight + limits.probes_aside + DESCRIPTORS_FOR_THE_REST
    assert most <= int(service["LimitNOFILE"])


@pytest.mark.real_server
@pytest.mark.parametrize(("spoilt", "complaint"), [("", ""), ("ProtectSystem=stricter\n", "stricter")])
def test_systemd_understands_every_line(tmp_path: Path, spoilt: str, complaint: str) -> None:
    """Of its complaints only that about the program is expected, which is not installed here."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("[Install]", f"{spoilt}[Install]"))
    program = find_program("systemd-analyze", package="systemd")
    done = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert bool(told) is bool(complaint)
    assert complaint in "".join(told)
