"""What a reload meets: files that change, vanish or are something else by now."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import Config, ConfigError, load_config
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import pem
from tests.config.conftest import Load

DERS = tuple(Authority.root(now=datetime.now(UTC)).der for _ in range(3))
CONFIG = "modules: {default: {ca_file: roots.pem}}\ntargets: [a, b]"


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "roots.pem").write_bytes(pem(*DERS))
    path = tmp_path / "etc" / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_the_files_to_follow_are_the_config_and_every_file_of_certificates(config_file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    absolute = tmp_path / "elsewhere" / "issuers.pem"
    absolute.write_bytes(pem(DERS[0]))
    config_file.write_text(
        f"modules:\n  default: {{ca_file: roots.pem, issuer_file: '{absolute}'}}\n"
        "  other: {ca_file: roots.pem}\ntargets: [a]"
    )
    assert load_config(config_file).files == (config_file, absolute, config_file.with_name("roots.pem"))


def test_a_config_that_names_no_file_is_alone_to_be_followed(load: Load) -> None:
    assert load("targets: [a]").files == (Path("config.yaml"),)


def test_two_loads_of_the_same_files_are_equal_and_share_their_certificates(config_file: Path) -> None:
    first, second = load_config(config_file), load_config(config_file)
    assert first == second
    assert first.modules["default"].trust_anchors is second.modules["default"].trust_anchors


def test_certificates_that_changed_make_another_config(config_file: Path) -> None:
    first = load_config(config_file)
    config_file.with_name("roots.pem").write_bytes(pem(*DERS[:2]))
    assert load_config(config_file) != first


def vanish(path: Path) -> None:
    path.unlink()


def become_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_a_pipe_that_nobody_writes_to(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def lose_its_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def be_emptied(path: Path) -> None:
    path.write_bytes(b"")


def be_cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def be_filled_with_nought(path: Path) -> None:
    """What is left after a crash, where the length reached the disk and the content did not."""
    path.write_bytes(bytes(path.stat().st_size))


MISFORTUNES = [
    vanish,
    become_a_directory,
    become_a_pipe_that_nobody_writes_to,
    become_a_link_to_itself,
    lose_its_directory,
    be_emptied,
    be_cut_off,
    be_filled_with_nought,
]


@pytest.mark.parametrize("name", ["config.yaml", "roots.pem"])
@pytest.mark.parametrize("misfortune", MISFORTUNES)
def test_a_file_that_cannot_be_used_any_more_is_a_problem_told_and_nothing_worse(
    config_file: Path, misfortune: Callable[[Path], None], name: str
) -> None:
    before = load_config(config_file)
    assert before.targets
    misfortune(config_file.with_name(name))
    with pytest.raises(ConfigError) as caught:
        load_config(config_file)
    assert caught.value.problems


def test_a_pipe_is_read_where_somebody_writes_to_it(tmp_path: Path) -> None:
    """As in `--config.file=<(generate)`."""
    program = (
        "import sys; from pathlib import Path; from ocsp_staple_exporter.config import load_config\n"
        "print(len(load_config(Path(sys.argv[1])).targets))"
    )
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", program, f"/dev/fd/{reader}"], pass_fds=[reader], stdout=subprocess.PIPE, cwd=tmp_path
    ) as process:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"targets:\n" + b"".join(b" - host%d.example\n" % number for number in range(10_000)))
        assert process.communicate()[0] == b"10000\n"


def answer(path: Path) -> Config | ConfigError:
    try:
        return load_config(path)
    except ConfigError as error:
        return error


def test_a_config_cut_off_anywhere_is_a_config_or_a_problem(config_file: Path) -> None:
    """As it may be found by a reader while somebody writes it."""
    whole = config_file.read_bytes()
    for length in range(len(whole)):
        config_file.write_bytes(whole[:length])
        answer(config_file)
    config_file.write_bytes(whole)
    assert isinstance(answer(config_file), Config)


def test_a_certificate_changed_in_any_byte_is_a_config_or_a_problem(config_file: Path) -> None:
    """Versions that X.509 does not have, for one, raise something of their own in cryptography."""
    roots = config_file.with_name("roots.pem")
    for place in range(len(DERS[0])):
        roots.write_bytes(DERS[0][:place] + bytes([DERS[0][place] ^ 0x05]) + DERS[0][place + 1 :])
        answer(config_file)
    roots.write_bytes(DERS[0])
    assert isinstance(answer(config_file), Config)
