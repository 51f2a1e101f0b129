from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from ocsp_staple_exporter.check import wanted
from ocsp_staple_exporter.model import Module
from tests.check.files_to_check import Folder, folder
from tests.check.hosts_to_check import Lab, opened_lab


@pytest.fixture(autouse=True)
def _retries_that_follow_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no config file says more: a host without a staple is tried again as ever, but not a second later."""
    monkeypatch.setattr(wanted, "Module", partial(Module, staple_retry_delay=timedelta(milliseconds=10)))


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_environment: None) -> Folder:  # noqa: ARG001
    monkeypatch.chdir(tmp_path)
    return folder(tmp_path)


@pytest.fixture(scope="session")
def opened_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with opened_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(opened_hosts: Lab, plain_environment: None) -> Lab:  # noqa: ARG001
    return opened_hosts
