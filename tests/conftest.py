from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator

import pytest
import structlog

os.environ["RES_OPTIONS"] = "timeout:1 attempts:1"
"""Servers that ask the machine's nameserver at their start do not wait for one that is silent (resolv.conf(5))."""


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
