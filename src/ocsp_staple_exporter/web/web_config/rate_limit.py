"""A token bucket, as golang.org/x/time/rate has it."""

from __future__ import annotations

from ocsp_staple_exporter.web.web_config.settings import RateLimit


class Bucket:
    """Full at first."""

    def __init__(self, limit: RateLimit, now: float) -> None:
        """`now` in seconds, of any clock that never goes back."""
        self._limit = limit
        self._tokens = float(limit.burst)
        self._at = now

    def allows(self, now: float) -> bool:
        """Take a token, if there is one."""
        gained = (now - self._at) / self._limit.interval
        self._tokens = min(self._tokens + gained, self._limit.burst)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
