from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from ocsp_staple_exporter import __version__, app, cli, logs, start
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.sharding import Shard
from ocsp_staple_exporter.web.listening import ListenAddress


class Call(NamedTuple):
    config: Config
    addresses: Sequence[ListenAddress]
    options: Mapping[str, Any]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("targets: [a.example.org, b.example.org]\n")
    return path


@pytest.fixture
def bad_config(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text("targets: [a.example.org]\ntargetts: []\nmodule: {}\n")
    return path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What would have been served: the config, and the addresses."""
    calls: list[Call] = []
    asked: list[Sequence[ListenAddress]] = []

    def listen(addresses: Sequence[ListenAddress]) -> list[Any]:
        asked.append(addresses)
        return []

    monkeypatch.setattr(start, "listen", listen)

    def run(config: Config, _sockets: Sequence[Any], **options: Any) -> None:
        calls.append(Call(config, asked[-1], options))

    monkeypatch.setattr(app, "run", run)
    return calls


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, prog_name="ocsp-staple-exporter")


def test_without_a_subcommand_the_file_is_served_on_the_projects_port(config: Path, served: list[Call]) -> None:
    result = invoke(f"--config.file={config}")
    assert result.exit_code == 0, result.output
    (call,) = served
    assert [target.host for target in call.config.targets] == ["a.example.org", "b.example.org"]
    assert list(call.addresses) == [ListenAddress("", 10627)]
    assert call.options["follow_files"] is None


def test_the_file_is_looked_for_in_the_current_directory(
    config: Path, served: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    config.rename(config.with_name(cli.DEFAULT_CONFIG))
    monkeypatch.chdir(config.parent)
    assert invoke().exit_code == 0
    assert len(served) == 1


def test_addresses_may_be_repeated(config: Path, served: list[Call]) -> None:
    invoke(f"--config.file={config}", "--web.listen-address=127.0.0.1:1", "--web.listen-address=[::1]:2")
    assert list(served[0].addresses) == [ListenAddress("127.0.0.1", 1), ListenAddress("::1", 2)]


@pytest.mark.parametrize(
    "flag",
    [
        "--web.listen-address=10627",
        "--config.auto-reload-interval=30",
        "--config.auto-reload-interval=0s",
        "--web.external-url=example.com",
        "--web.route-prefix=a b",
        "--timeout-offset=-1",
        "--timeout-offset=nan",
        "--log.level=loud",
        "--log.format=xml",
        "--no.such.flag",
        "nonsense",
    ],
)
def test_bad_usage_is_refused_with_status_2(config: Path, served: list[Call], flag: str) -> None:
    result = invoke(f"--config.file={config}", flag)
    assert result.exit_code == 2
    assert "Error:" in result.stderr
    assert served == []


def test_a_check_of_a_good_file_counts_its_targets(config: Path, served: list[Call]) -> None:
    result = invoke("--config.check", f"--config.file={config}")
    assert (result.exit_code, result.stdout) == (0, "ok: 2 targets\n")
    assert served == []


def test_a_check_of_a_bad_file_tells_every_fault_with_its_place(bad_config: Path) -> None:
    result = invoke("--config.check", f"--config.file={bad_config}")
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith(f"error: {bad_config}:2:1: ")
    assert second.startswith(f"error: {bad_config}:3:1: ")


def test_a_start_with_a_bad_file_is_refused_with_status_2(bad_config: Path, served: list[Call]) -> None:
    result = invoke(f"--config.file={bad_config}")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 2
    assert served == []


@pytest.mark.parametrize(("flags", "status"), [(["--config.check"], 1), ([], 2)])
def test_a_missing_file_is_one_clear_line(tmp_path: Path, flags: list[str], status: int) -> None:
    result = invoke(*flags, f"--config.file={tmp_path / 'none.yaml'}")
    assert result.exit_code == status
    assert len(result.stderr.splitlines()) == 1
    assert "none.yaml" in result.stderr


def test_the_version_names_program_and_python() -> None:
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"ocsp-staple-exporter {__version__} (")
    assert platform.python_version() in result.stdout


def test_logs_can_be_json(config: Path, served: list[Call]) -> None:
    result = invoke(f"--config.file={config}", "--log.format=json")
    assert '"msg": "configuration loaded"' in result.stderr
    assert len(served) == 1


def test_a_quiet_start_says_nothing(config: Path, served: list[Call]) -> None:
    result = invoke(f"--config.file={config}", "--log.level=error")
    assert result.stderr == ""
    assert len(served) == 1


def test_the_demo_is_loaded_only_when_it_is_asked_for(
    config: Path, served: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Untouchable(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked of the demo")

    monkeypatch.setitem(sys.modules, "ocsp_staple_exporter.demo", Untouchable("demo"))
    assert invoke(f"--config.file={config}").exit_code == 0
    assert len(served) == 1


def test_the_demo_is_a_subcommand(served: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("demo")
    monkeypatch.setattr(module, "demo", click.Command("demo", callback=lambda: click.echo("shown")), raising=False)
    monkeypatch.setitem(sys.modules, "ocsp_staple_exporter.demo", module)
    assert invoke("demo").stdout == "shown\n"
    assert "demo" in invoke("--help").stdout
    assert served == []


@pytest.mark.parametrize("option", ["--config.check", "--web.listen-address=127.0.0.1:0", "--log.level=debug"])
def test_an_option_of_the_exporter_is_not_lost_before_a_command(option: str) -> None:
    result = invoke(option, "demo", "--help")  # which would end with 0
    assert result.exit_code == 2
    assert f"{option.partition('=')[0]} is an option of the exporter" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--config.check"], "error: the answer cannot be written: No space left on device\n"),
        (["config-schema"], "Error: the schema cannot be written: No space left on device\n"),
    ],
)
def test_an_answer_that_cannot_be_written_is_one_line(config: Path, arguments: list[str], line: str) -> None:
    config.rename(config.with_name(cli.DEFAULT_CONFIG))
    command = [sys.executable, "-m", "ocsp_staple_exporter", *arguments]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False, cwd=config.parent
        )
    assert ended.returncode == 1
    assert ended.stderr == line


def test_files_are_followed_where_that_is_asked_for(config: Path, served: list[Call]) -> None:
    invoke(f"--config.file={config}", "--config.enable-auto-reload", "--config.auto-reload-interval=1m30s")
    invoke(f"--config.file={config}", "--config.enable-auto-reload")
    assert [call.options["follow_files"] for call in served] == [90, 30]


def test_a_reload_reads_the_same_file_again(config: Path, served: list[Call]) -> None:
    invoke(f"--config.file={config}")
    config.write_text("targets: [c.example.org]\n")
    assert [target.host for target in served[0].options["load"]().targets] == ["c.example.org"]


def test_the_words_of_the_log_options_are_those_of_the_log() -> None:
    assert tuple(logs.LEVELS) == cli.LOG_LEVELS
    assert tuple(logs.FORMATS) == cli.LOG_FORMATS


def test_a_command_does_not_wait_for_the_server_to_be_imported() -> None:
    code = "import sys; from ocsp_staple_exporter.cli import main; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert not {"aiohttp", "pydantic", "cryptography", "structlog", "asyncio"} & set(shown.stdout.split())


@pytest.mark.parametrize(
    ("options", "prefix", "home"),
    [
        ([], "", ""),
        (["--web.external-url=https://example.com/staples/"], "/staples", "https://example.com/staples/"),
        (["--web.route-prefix=/inside"], "/inside", ""),
        (["--web.external-url=https://example.com/out", "--web.route-prefix=/in"], "/in", "https://example.com/out/"),
        (["--web.external-url=https://example.com/out", "--web.route-prefix=/"], "", "https://example.com/out/"),
    ],
)
def test_the_prefix_is_the_path_of_the_external_url_unless_it_is_given(
    config: Path, served: list[Call], options: list[str], prefix: str, home: str
) -> None:
    assert invoke(f"--config.file={config}", *options).exit_code == 0
    face = served[0].options["face"]
    assert (face.prefix, face.home) == (prefix, home)


def test_the_offset_of_the_scrape_timeout_reaches_the_probe(config: Path, served: list[Call]) -> None:
    invoke(f"--config.file={config}", "--timeout-offset=0.25")
    assert served[0].options["face"].timeout_offset.total_seconds() == 0.25


@pytest.mark.parametrize(("flags", "status"), [(["--config.check"], 1), ([], 2)])
def test_a_bad_web_config_is_refused_with_its_places(
    config: Path, served: list[Call], flags: list[str], status: int
) -> None:
    web = config.with_name("web.yaml")
    web.write_text("basic_auth_users:\n  alice: secret\nbasic_auth_userz: {}\n")
    result = invoke(*flags, f"--config.file={config}", f"--web.config.file={web}")
    assert result.exit_code == status
    first, second = result.stderr.splitlines()
    assert first.startswith(f"error: {web}:2:10: basic_auth_users.alice: ")
    assert second.startswith(f"error: {web}:3:1: basic_auth_userz: unknown key")
    assert served == []


def test_a_good_web_config_is_taken(config: Path, served: list[Call]) -> None:
    web = config.with_name("web.yaml")
    web.write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
    assert invoke(f"--config.file={config}", f"--web.config.file={web}").exit_code == 0
    assert served[0].options["face"].access is not None


def test_without_a_socket_from_systemd_it_says_so(config: Path, served: list[Call]) -> None:
    result = invoke(f"--config.file={config}", "--web.systemd-socket")
    assert result.exit_code == 1
    assert "systemd passed no socket" in result.stderr
    assert served == []


def test_the_check_reads_the_files_of_targets_too(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("targets: [a.example.org]\ntarget_files: ['*.json']\ntarget_urls: [http://127.0.0.1:9/]\n")
    (tmp_path / "a.json").write_text('[{"targets": ["a.example.org", "b.example.org"]}]')
    result = invoke(f"--config.file={config}", "--config.check")
    assert (result.exit_code, result.stdout) == (0, "ok: 2 targets, 1 URL of targets not asked\n")
    (tmp_path / "b.json").write_text('[{"targets": ["*.example.org"]}]')
    (tmp_path / "c.json").write_text("[")
    result = invoke(f"--config.file={config}", "--config.check")
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert (
        first
        == f'error: {tmp_path}/b.json:1:2: [0].targets[0]: "*.example.org" is no host name: a wildcard names no host'
    )
    assert second.startswith(f"error: {tmp_path}/c.json:1:2: is not valid JSON")


def test_a_shard_serves_its_part_of_the_targets(config: Path, served: list[Call]) -> None:
    for ordinal in range(2):
        invoke(f"--config.file={config}", f"--shard={ordinal}", "--total-shards=2")
    parts = [[target.host for target in call.config.targets] for call in served]
    assert sorted(parts[0] + parts[1]) == ["a.example.org", "b.example.org"]
    assert [call.config.shard for call in served] == [Shard(0, 2), Shard(1, 2)]
    assert [call.options["load"]().targets for call in served] == [call.config.targets for call in served]


def test_the_shard_may_come_from_the_environment(
    config: Path, served: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POD_INDEX", "3")
    monkeypatch.setattr("socket.gethostname", lambda: "exporter-2.monitoring.svc")
    for how in ("pod-index", "hostname"):
        invoke(f"--config.file={config}", f"--shard={how}", "--total-shards=4")
    assert [call.config.shard.ordinal for call in served] == [3, 2]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--total-shards=2"], "say with --shard which of them this exporter is"),
        (["--shard=2", "--total-shards=2"], "shard 2 of 2: shards are counted from 0 to 1"),
        (["--shard=1"], "shard 1 of 1: shards are counted from 0 to 0"),
        (["--shard=", "--total-shards=2"], "the ordinal of a shard is '', which is no whole number"),
        (["--shard=-1", "--total-shards=2"], "the ordinal of a shard is '-1', which is no whole number"),
        (
            ["--shard=pod-index", "--total-shards=2"],
            "the environment variable POD_INDEX is '', which is no",
        ),
        (
            ["--shard=hostname", "--total-shards=2"],
            "of the host's name 'exporter' is 'exporter', which is no",
        ),
        (["--shard=0", "--total-shards=0"], "0 is not in the range"),
    ],
)
def test_a_shard_that_cannot_be_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.delenv("POD_INDEX", raising=False)
    monkeypatch.setattr("socket.gethostname", lambda: "exporter")
    result = invoke(f"--config.file={config}", *options)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
