"""A cache for functions of bytes that strangers send, bounded in entries and in bytes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

LARGEST = 16 * 1024
"""Bytes in the arguments of one call, enough for a staple and a chain. What is larger is worked out every time."""

Arguments = TypeVarTuple("Arguments")
Value = TypeVar("Value")


def remember(entries: int) -> Callable[[Callable[[*Arguments], Value]], Callable[[*Arguments], Value]]:
    """`functools.lru_cache` for functions of bytes and of tuples of bytes.

    What is too large is not kept, so that a hostile server cannot fill the memory.
    """

    def decorate(function: Callable[[*Arguments], Value]) -> Callable[[*Arguments], Value]:
        cached: Callable[[*Arguments], Value] = functools.lru_cache(maxsize=entries)(function)  # type: ignore[assignment]

        @functools.wraps(function)
        def call(*args: *Arguments) -> Value:
            return cached(*args) if _size(args) <= LARGEST else function(*args)

        return call

    return decorate


def _size(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    return sum([_size(part) for part in value]) if isinstance(value, tuple) else 0
