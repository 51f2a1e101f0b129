"""For node_exporter's textfile collector, and files that are written as a whole."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ocsp_staple_exporter.exposition import FAMILIES
from tests.check.files_to_check import Folder
from tests.check.hosts_to_check import Lab


def test_the_series_are_those_of_the_exporter_but_the_interval(lab: Lab) -> None:
    result = lab.check("--format", "prometheus")
    assert (result.exit_code, result.stderr) == (3, "")
    families = {family.name: family for family in text_string_to_metric_families(result.stdout)}
    assert set(families) == {family.name for family in FAMILIES} - {"ocsp_staple_probe_interval_seconds"}
    success = {sample.labels["target"]: sample.value for sample in families["ocsp_staple_probe_success"].samples}
    assert success == {each.target: each.target != "closed-port.test" for each in lab.laboratory.endpoints}
    errors = {
        (sample.labels["target"], sample.labels["reason"])
        for sample in families["ocsp_staple_verification_error"].samples
    }
    assert ("stale.test", "expired") in errors
    left = {s.labels["target"]: s.value for s in families["ocsp_staple_seconds_until_next_update"].samples}
    assert left["stale.test"] < 0 < left["healthy-rsa.test"]


def test_each_family_stands_together_and_once(lab: Lab) -> None:
    lines = lab.check("--format", "prometheus").stdout.splitlines()
    helped = [line.split(" ")[2] for line in lines if line.startswith("# HELP ")]
    assert len(helped) == len(set(helped))
    family = ""
    for line in lines:
        if line.startswith("# "):
            family = line.split(" ")[2]
        else:
            assert line.startswith(f"{family}{{")


@pytest.mark.real_server
def test_promtool_accepts_it(lab: Lab) -> None:
    text = lab.check("--format", "prometheus").stdout
    checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_a_file_is_replaced_as_a_whole_and_readable_by_all(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "staples.prom"
    path.write_text("old")
    path.chmod(0o600)
    before = path.stat().st_ino
    umask = os.umask(0o077)
    try:
        result = lab.check("stale.test", "--format", "prometheus", "--output", str(path))
    finally:
        os.umask(umask)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "")
    assert path.stat().st_ino != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(text_string_to_metric_families(path.read_text()))
    assert [each.name for each in tmp_path.iterdir()] == ["staples.prom"]


def test_a_link_stays_and_its_file_is_replaced(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.prom").symlink_to("there/staples.prom")
    lab.check("stale.test", "--format=prometheus", "-o", str(tmp_path / "link.prom"))
    assert (tmp_path / "link.prom").is_symlink()
    assert (tmp_path / "there" / "staples.prom").stat().st_size > 0


@pytest.mark.parametrize("form", ["text", "json", "nagios"])
def test_every_format_can_be_written_to_a_file_without_colours(
    lab: Lab, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    path = tmp_path / "report"
    lab.check("stale.test", f"--format={form}", "-o", str(path))
    written = path.read_text("utf-8")
    assert written.endswith("\n")
    assert "\x1b" not in written


def test_a_report_of_files_can_be_written_to_a_file(files: Folder) -> None:
    assert files.judge("--output", "report.json", "--json", flaw="expired").exit_code == 2
    assert '"expired"' in (files.path / "report.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/staples.prom", "none is no directory in which we may create files"),
        ("/dev/null", "/dev/null is no ordinary file"),
        (".", "is no ordinary file"),
        ("a\0b", "cannot be written"),
        ("loop", "cannot be written"),
        ("file/x", "is no directory in which we may create files"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_probed(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("ocsp_staple_exporter.check.host_mode.run", None)
    result = lab.check("stale.test", "--output", name)
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_cannot_be_finished_is_told_and_the_old_one_stays(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "staples.prom"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    result = lab.check("healthy-rsa.test", "--format=prometheus", "-o", str(path))
    assert result.exit_code == 74
    assert f"--output: {path} was not written: No space left on device" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["staples.prom"]
    assert path.read_text() == "old"
    assert lab.check("healthy-rsa.test", "--format=nagios", "-o", str(path)).exit_code == 3


def test_an_interrupt_leaves_the_old_file(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupt(*_arguments: object) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    path = tmp_path / "staples.prom"
    path.write_text("old")
    monkeypatch.setattr("ocsp_staple_exporter.check.probing._server_of", interrupt)
    result = lab.check("--format=prometheus", "-o", str(path))
    assert (result.exit_code, path.read_text()) == (130, "old")
