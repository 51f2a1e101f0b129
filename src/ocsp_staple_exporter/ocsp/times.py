"""Moments as text."""

from __future__ import annotations

import functools
from datetime import UTC, datetime

TEXTS_REMEMBERED = 16384


@functools.lru_cache(maxsize=TEXTS_REMEMBERED)
def utc(moment: datetime) -> str:
    """`2026-03-01T12:00:00Z`, for the times of certificates and responses, which come up again and again."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def now_is(now: datetime) -> str:
    """`now is 2026-03-01T12:00:00Z`, to the second."""
    return f"now is {now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
