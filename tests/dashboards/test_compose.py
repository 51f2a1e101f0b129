"""deploy/compose fits together; what runs it is not here, so its parts are checked with their own tools."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from ocsp_staple_exporter.cli import main
from ocsp_staple_exporter.lab.process import find_program
from tests.dashboards.board_reader import FILES, models
from tests.real_servers.conftest import require

DIRECTORY = Path(__file__).parents[2] / "deploy" / "compose"
PROVISIONING = DIRECTORY / "grafana" / "provisioning"


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


COMPOSE = read(DIRECTORY / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def mounts(service: str) -> dict[str, str]:
    """What a container sees, by what it is here."""
    pairs = (volume.split(":")[:2] for volume in SERVICES[service]["volumes"])
    return {inside: outside for outside, inside in pairs}


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_on_loopback(service: str) -> None:
    for port in SERVICES[service]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned(service: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[service]["image"]) or "build" in SERVICES[service]


@pytest.mark.parametrize("service", ["prometheus", "alertmanager", "grafana"])
def test_what_is_mounted_exists(service: str) -> None:
    for inside, outside in mounts(service).items():
        if outside.startswith("."):
            assert (DIRECTORY / outside).exists(), inside
        else:
            assert outside in COMPOSE["volumes"]


def test_the_image_is_built_from_the_projects_root() -> None:
    assert (DIRECTORY / SERVICES["exporter"]["build"]["context"] / "Dockerfile").is_file()


def test_the_exporter_takes_its_command() -> None:
    command = SERVICES["exporter"]["command"]
    assert command[0] == "demo"
    assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0
    assert CliRunner().invoke(main, [*command, "--no-such-option", "--help"]).exit_code != 0


def test_grafana_is_given_every_dashboard_and_finds_them() -> None:
    (provider,) = read(PROVISIONING / "dashboards" / "ocsp-staple.yaml")["providers"]
    directory = provider["options"]["path"]
    inside = {path for path in mounts("grafana") if path.startswith(f"{directory}/")}
    assert inside == {f"{directory}/{file.name}" for file in FILES}
    assert SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in inside


def test_names_lead_to_services_that_listen_there() -> None:
    (source,) = read(PROVISIONING / "datasources" / "prometheus.yaml")["datasources"]
    written = f"{source['url']} {(DIRECTORY / 'prometheus.yml').read_text()}"
    named = set(re.findall(r"\b(\w+):(\d+)\b", written))
    browsers = ("localhost", "10627")
    services = {("prometheus", "9090"), ("alertmanager", "9093"), ("exporter", "10627")}
    assert named == services | {browsers}
    for name, port in services:
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_links_to_the_exporters_pages_fit() -> None:
    (port,) = SERVICES["exporter"]["ports"]
    for model in models().values():
        (variable,) = (one for one in model["templating"]["list"] if one["name"] == "exporter")
        assert variable["query"] == f"http://localhost:{port.split(':')[-1]}"


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_prometheus")
def test_prometheus_takes_its_configuration_and_the_rules(tmp_path: Path) -> None:
    seen = mounts("prometheus")
    (rules,) = (path for path in seen if path.startswith("/etc/prometheus/rules/"))
    (tmp_path / "ocsp-staple.yaml").write_bytes((DIRECTORY / seen[rules]).read_bytes())
    configuration = (DIRECTORY / "prometheus.yml").read_text().replace("/etc/prometheus/rules", str(tmp_path))
    file = tmp_path / "prometheus.yml"
    file.write_text(configuration)
    checked = _run("promtool", "prometheus", "check", "config", str(file))
    assert "SUCCESS" in checked
    assert re.search(r"[1-9]\d* rules found", checked)


@pytest.mark.real_server
def test_alertmanager_takes_its_configuration() -> None:
    require("amtool", "prometheus-alertmanager")
    assert "SUCCESS" in _run("amtool", "prometheus-alertmanager", "check-config", str(DIRECTORY / "alertmanager.yml"))


def _run(program: str, package: str, *arguments: str) -> str:
    command = [find_program(program, package=package), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
