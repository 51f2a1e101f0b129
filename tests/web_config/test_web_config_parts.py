from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ocsp_staple_exporter.web.web_config import following
from ocsp_staple_exporter.web.web_config.following import Files
from ocsp_staple_exporter.web.web_config.rate_limit import Bucket
from ocsp_staple_exporter.web.web_config.sans import has_allowed_name
from ocsp_staple_exporter.web.web_config.settings import RateLimit
from tests.web_config import identities


def test_a_bucket_gives_its_burst_and_then_one_for_every_interval() -> None:
    bucket = Bucket(RateLimit(interval=2.0, burst=3), now=100.0)
    assert [bucket.allows(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.allows(101.9), bucket.allows(102.0), bucket.allows(102.1)] == [False, True, False]
    assert [bucket.allows(1000.0) for _ in range(4)] == [True, True, True, False]


def age(path: Path) -> None:
    """Make a file old enough that its times tell of every change."""
    os.utime(path, (1_700_000_000, 1_700_000_000))


def test_a_file_has_changed_when_its_content_has(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    files = Files([file])
    assert not files.changed()
    file.write_text("two")  # of the same length, within the same tick of the clock
    assert files.changed()
    assert not files.changed()
    file.write_text("two")
    assert not files.changed()


def test_a_file_that_was_just_written_is_compared_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writes within a tick of the file system's clock leave the same times."""
    file = tmp_path / "a"
    file.write_text("one")
    now = time.time_ns()
    monkeypatch.setattr(following, "_stat", lambda _: (now, now, 3, 1, 1))
    files = Files([file])
    file.write_text("two")
    assert files.changed()


def test_an_old_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    age(file)
    files = Files([file])
    reads: list[Path] = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: reads.append(path) or read_bytes(path))  # type: ignore[func-returns-value]
    assert not files.changed()
    assert reads == []
    file.write_text("two")
    assert files.changed()
    assert reads == [file]


def test_a_file_may_come_and_go(tmp_path: Path) -> None:
    file = tmp_path / "a"
    files = Files([file])
    assert not files.changed()
    file.write_text("")
    assert files.changed()
    file.unlink()
    assert files.changed()
    assert not files.changed()


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    """How Kubernetes renews a mounted Secret."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tls.key").write_text(name)
        age(tmp_path / name / "tls.key")
    (tmp_path / "data").symlink_to("old")
    files = Files([tmp_path / "data" / "tls.key"])
    (tmp_path / "next").symlink_to("new")
    (tmp_path / "next").rename(tmp_path / "data")
    assert files.changed()


@pytest.mark.parametrize(
    "name", ["prometheus.example.com", "scraper@example.com", "192.0.2.7", "2001:db8::1", "spiffe://example/scraper"]
)
def test_a_name_of_any_kind_is_compared_letter_by_letter(name: str) -> None:
    certificate = identities.client("first.example.com", name).der
    assert has_allowed_name(certificate, {"other", name})
    assert not has_allowed_name(certificate, {"other", name.upper() + "x"})


def test_the_common_name_is_no_name_and_no_certificate_has_none() -> None:
    assert not has_allowed_name(identities.client().der, {"Prometheus"})
    assert not has_allowed_name(b"no certificate", {"Prometheus"})
