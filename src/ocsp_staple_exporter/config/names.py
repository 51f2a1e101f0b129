"""Names of targets and their labels. Each function raises ValueError, whose text says what is wrong."""

from __future__ import annotations

import re

from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.foreign_text import LONGEST
from ocsp_staple_exporter.model import RESERVED_LABELS


def parse_label_value(text: str) -> str:
    """Names and label values appear on pages, in logs and in terminals."""
    if not text.isprintable():
        raise ValueError(f"{quoted(text)} holds a line break or another character that cannot be seen")
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is too long: at most {LONGEST} characters")
    return text


def parse_target_name(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: give it a value or remove it")
    return parse_label_value(text)


def parse_label_name(name: str) -> str:
    if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise ValueError("a label's name has letters, digits and underscores, and does not begin with a digit")
    if name.startswith("__"):
        raise ValueError("label names that begin with two underscores belong to Prometheus")
    if name in {"job", "instance"}:
        raise ValueError("Prometheus sets this label itself when it scrapes: choose another name")
    if name in RESERVED_LABELS:
        raise ValueError("the exporter sets this label itself: choose another name")
    return name
