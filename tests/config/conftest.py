from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import Config, ConfigError, load_config

Load = Callable[[str], Config]
Complaints = Callable[[str], list[str]]

NOTHING_TO_DO = 'list what to probe under "targets:", or write "probe:" where Prometheus names it at /probe'


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a text as config.yaml of the current directory."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str) -> Config:
        Path("config.yaml").write_text(text, encoding="utf-8")
        return load_config(Path("config.yaml"))

    return load_text


@pytest.fixture
def complaints(load: Load) -> Complaints:
    """The problems of a text, as they are printed; none for a sound one."""

    def complain(text: str) -> list[str]:
        try:
            load(text)
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        return []

    return complain
