from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog


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
