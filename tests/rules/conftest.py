from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program
from ocsp_staple_exporter.lab.prometheus import PACKAGE
from tests.rules.story import Story


@pytest.fixture(scope="session")
def needs_promtool() -> None:
    """Skip where promtool is not installed; in continuous integration that is a failure."""
    try:
        find_program("promtool", package=PACKAGE)
    except ProgramMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def story(needs_promtool: None, tmp_path: Path) -> Story:  # noqa: ARG001 - it may skip
    return Story(tmp_path)
