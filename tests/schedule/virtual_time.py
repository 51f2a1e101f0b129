"""An event loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar


class _Selector(selectors.SelectSelector):
    """Waits for nobody: the time that it was asked to wait has passed at once."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("nothing will ever happen: the test would hang")
        self.passed += max(timeout, 0)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed

    def pass_time(self, seconds: float) -> None:
        """As if something had kept the loop busy for so long."""
        self._virtual.passed += seconds


class CoarseLoop(VirtualTimeLoop):
    """Counts time and timers in whole milliseconds, as uvloop does."""

    timers = 0

    def time(self) -> float:
        return math.floor(super().time() * 1000) / 1000

    def call_at(  # type: ignore[override]  # the loop declares the arguments more exactly
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self.timers += 1
        assert self.timers < 10_000, "timers fire in vain: the loop spins"
        rounded = self.time() + round((when - self.time()) * 1000) / 1000
        return super().call_at(rounded, callback, *args, context=context)


T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], loop_factory: Callable[[], asyncio.AbstractEventLoop] = VirtualTimeLoop) -> T:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main)
