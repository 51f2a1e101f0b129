"""Shell completion: the scripts, and what bash makes of them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ocsp_staple_exporter import completion
from ocsp_staple_exporter.cli import main

PROGRAM = Path(sys.executable).with_name(completion.PROGRAM)


def script(shell: str) -> str:
    with click.Context(main, info_name=completion.PROGRAM) as parent:
        result = CliRunner().invoke(completion.completion, [shell], parent=parent)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def complete(line: str, directory: Path, *, dialect: str = "bash") -> list[str]:
    """What bash offers for the last word of the line; files are left to readline, which is not there."""
    words = line.split(" ")
    program = f"""
{script(dialect)}
COMP_WORDS=({" ".join(map(shlex.quote, words))})
COMP_CWORD={len(words) - 1}
compopt() {{ echo "compopt $*"; }}
_ocsp_staple_exporter_completion {completion.PROGRAM}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", program],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PATH": path},
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ocsp-staple-exporter che", ["check"]),
        ("ocsp-staple-exporter check --for", ["--format"]),
        ("ocsp-staple-exporter check --format ", ["text", "json", "prometheus", "nagios"]),
        ("ocsp-staple-exporter check --format pro", ["prometheus"]),
        ("ocsp-staple-exporter check --server ca", ["caddy"]),
        ("ocsp-staple-exporter check --server-", ["--server-name"]),
        ("ocsp-staple-exporter check --zzz", []),
        ("ocsp-staple-exporter --config.c", ["--config.check"]),
    ],
)
def test_bash_completes_commands_options_and_values(tmp_path: Path, line: str, offered: list[str]) -> None:
    assert complete(line, tmp_path) == offered


@pytest.mark.parametrize("option", ["--targets", "--config.file", "--staple", "--leaf", "--issuer", "--ca-file", "-o"])
def test_bash_completes_files_where_a_file_belongs(tmp_path: Path, option: str) -> None:
    assert complete(f"ocsp-staple-exporter check {option} ", tmp_path) == ["compopt", "-o", "default"]


def test_bash_completes_the_modules_of_the_config_file(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("modules: {mail: {}, main: {}, web: {}}\ntargets: [www.example]\n")
    line = "ocsp-staple-exporter check --config.file hosts.yaml --module "
    assert sorted(complete(f"{line}ma", tmp_path)) == ["mail", "main"]
    assert complete(f"{line}", tmp_path / "..") == [], "no such file, and no complaint"
    assert complete("ocsp-staple-exporter check --module ", tmp_path) == []


def test_completion_imports_nothing_heavy() -> None:
    source = """
import atexit, sys
heavy = {"aiohttp", "asyncio", "cryptography", "pydantic", "rich", "yaml", "prometheus_client"}
atexit.register(lambda: print("loaded:", sorted(heavy & set(sys.modules))))
from ocsp_staple_exporter.cli import main
main(prog_name="ocsp-staple-exporter")
"""
    asked = {"COMP_WORDS": "x check --for", "COMP_CWORD": "2", completion.VARIABLE: "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, env=os.environ | asked
    )
    assert done.stdout == "plain,--format\nloaded: []\n"


def test_bash_registers_the_program_and_accepts_the_script(tmp_path: Path) -> None:
    program = f"{script('bash')}\ncomplete -p {completion.PROGRAM}"
    done = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"complete -o nosort -F _ocsp_staple_exporter_completion {completion.PROGRAM}\n"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_that_asks_the_program(shell: str) -> None:
    text = script(shell)
    assert completion.PROGRAM in text
    assert f"{completion.VARIABLE}={shell}_complete" in text


def test_the_variable_is_the_one_that_click_listens_to() -> None:
    derived = f"_{completion.PROGRAM}_COMPLETE".replace("-", "_").upper()
    assert derived == completion.VARIABLE


def test_an_unknown_shell_is_wrong_use() -> None:
    result = CliRunner().invoke(completion.completion, ["tcsh"])
    assert result.exit_code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in result.stderr


def test_the_help_says_how_to_install_each_of_them() -> None:
    text = CliRunner().invoke(completion.completion, ["--help"]).stdout
    for shell in completion.SHELLS:
        assert text.count(f"completion {shell}") == 2


def test_it_is_a_command_of_the_program() -> None:
    assert main.get_command(click.Context(main), "completion") is completion.completion
