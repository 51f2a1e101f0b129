"""What docs/scaling.md and deploy/kubernetes show is accepted by those who read it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from ocsp_staple_exporter import app, start
from ocsp_staple_exporter.cli import main
from ocsp_staple_exporter.config import Config, load_config
from ocsp_staple_exporter.discovery import Terms, check_files
from ocsp_staple_exporter.discovery.entries import MOST_TARGETS
from ocsp_staple_exporter.discovery.reading import LARGEST, read_json, read_yaml
from ocsp_staple_exporter.model import Module
from ocsp_staple_exporter.sharding import Shard, hashmod

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
MANIFESTS = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/ocsp-staple-exporter.yaml").read_text(encoding="utf-8")))
MODULES = {"default": Module(), "strict": Module(name="strict")}


def blocks(language: str, beginning: str = "") -> list[str]:
    return re.findall(rf"^```{language}\n({re.escape(beginning)}.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = (manifest for manifest in MANIFESTS if manifest["kind"] == kind)
    return dict(found)


def container() -> dict[str, Any]:
    (found,) = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"]
    return dict(found)


PROMETHEUS = blocks("yaml", "# prometheus.yml")


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_promtool")
@pytest.mark.parametrize("text", PROMETHEUS)
def test_prometheus_accepts_its_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "a.json").write_text(blocks("json")[0], encoding="utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(text, encoding="utf-8")
    done = subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_promtool")
def test_prometheus_sends_each_target_to_the_exporter_of_its_shard(tmp_path: Path) -> None:
    (text,) = (text for text in PROMETHEUS if "replacement: exporter-$1" in text)
    names = [f"host-{number}.example.com:443" for number in range(20)]
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "a.json").write_text(json.dumps([{"targets": names}]), encoding="utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(text, encoding="utf-8")
    asked = ["promtool", "check", "service-discovery", "--timeout=1s", str(config), "ocsp-staple-probe"]
    told = json.loads(subprocess.run(asked, capture_output=True, check=True, timeout=30, cwd=tmp_path).stdout)
    sent = {one["labels"]["__param_target"]: one["labels"]["__address__"] for one in told}
    assert sent == {name: f"exporter-{hashmod(name, 3)}.example.com:10627" for name in names}


def test_the_page_shows_every_way() -> None:
    assert len(PROMETHEUS) == 4


def test_the_configuration_of_lists_is_accepted(tmp_path: Path) -> None:
    (text,) = blocks("yaml", "# config.yaml")
    config = tmp_path / "config.yaml"
    config.write_text(text, encoding="utf-8")
    lists = load_config(config).lists
    assert (len(lists.files), len(lists.urls)) == (2, 2)


def test_the_lists_shown_are_read() -> None:
    (of_json,), (of_yaml,) = blocks("json"), blocks("yaml", "- targets:")
    targets = read_json(of_json.encode(), "x.json", Terms(MODULES)).targets
    assert len(targets) == 3
    assert read_yaml(of_yaml.encode(), "x.yaml", Terms(MODULES)).targets.items() <= targets.items()


def test_the_bounds_told_are_those_of_the_program() -> None:
    assert f"at most {MOST_TARGETS:,} targets and {LARGEST // 1024**2} MiB" in PAGE


def test_every_command_shown_starts_a_shard_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve_nothing(monkeypatch)
    (tmp_path / "config.yaml").write_text("targets: [a.example.com]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for command in re.findall(r"^\$ ocsp-staple-exporter (.*)$", PAGE, re.MULTILINE):
        assert CliRunner().invoke(main, command.split()).exit_code == 0
    assert [config.shard for config in served] == [Shard(ordinal, 3) for ordinal in range(3)]


def test_each_pod_takes_its_shard_of_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve_nothing(monkeypatch)
    for name, text in of_kind("ConfigMap")["data"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    where = container()["volumeMounts"][0]["mountPath"]
    arguments = [argument.replace(where, str(tmp_path)) for argument in container()["args"]]
    for index in range(of_kind("StatefulSet")["spec"]["replicas"]):
        monkeypatch.setenv("POD_INDEX", str(index))
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
    assert [config.shard for config in served] == [Shard(index, len(served)) for index in range(len(served))]
    names = [check_files(config.lists.files, Terms(config.modules, config.shard)) for config in served]
    assert sorted(name for found, _ in names for name in found) == ["mail.example.com:465", "www.example.com:443"]
    assert not any(problems for _, problems in names)


def serve_nothing(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """The configurations that would have been served."""
    served: list[Config] = []
    monkeypatch.setattr(start, "listen", lambda _addresses: [])
    monkeypatch.setattr(app, "run", lambda config, _sockets, **_options: served.append(config))
    return served


def test_the_page_and_the_manifest_say_the_same() -> None:
    (shown,) = blocks("yaml", "# of the pod's container")
    pod = yaml.safe_load(shown)
    assert set(pod["args"]) <= set(container()["args"])
    assert pod["env"] == container()["env"]


def test_ports_names_and_labels_of_the_manifests_fit_together() -> None:
    labels = of_kind("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Service")["spec"]["selector"] == labels == of_kind("StatefulSet")["spec"]["selector"]["matchLabels"]
    assert of_kind("StatefulSet")["spec"]["serviceName"] == of_kind("Service")["metadata"]["name"]
    (port,) = container()["ports"]
    (of_service,) = of_kind("Service")["spec"]["ports"]
    assert (port["name"], port["containerPort"]) == (of_service["targetPort"], of_service["port"])
    volume = of_kind("StatefulSet")["spec"]["template"]["spec"]["volumes"][0]
    assert volume["configMap"]["name"] == of_kind("ConfigMap")["metadata"]["name"]
    (found_by,) = (text for text in PROMETHEUS if "dns_sd_configs" in text)
    assert f"_{of_service['name']}._tcp.{of_kind('Service')['metadata']['name']}." in found_by
