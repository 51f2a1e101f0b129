from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog


def pytest_collection_finish() -> None:
    """Ten thousand tests live until the end: a full collection of garbage took 0.2 s to look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The configuration of logging is the process's; each test gives it back."""
    root = logging.getLogger()
    level, handlers, show = root.level, root.handlers[:], warnings.showwarning
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(capture=False)
    warnings.showwarning = show
    root.setLevel(level)
    root.handlers[:] = handlers
