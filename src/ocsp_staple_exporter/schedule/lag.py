"""How late probes start, at worst."""

from __future__ import annotations

LAG_WINDOW = 60.0
"""Seconds for which a peak of the lag stays visible, so that a scrape does not miss it."""


class Peak:
    """The largest value of the last one to two windows."""

    def __init__(self) -> None:
        self._window = -1
        self._current = 0.0
        self._previous = 0.0

    def note(self, value: float, now: float) -> None:
        self._turn_over(now)
        self._current = max(self._current, value)

    def largest(self, now: float) -> float:
        self._turn_over(now)
        return max(self._current, self._previous)

    def _turn_over(self, now: float) -> None:
        window = int(now // LAG_WINDOW)
        if window != self._window:
            self._previous = self._current if window == self._window + 1 else 0.0
            self._current = 0.0
            self._window = window
