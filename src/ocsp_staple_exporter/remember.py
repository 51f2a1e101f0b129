"""A cache for functions of bytes that strangers send, bounded in entries and in bytes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, cast

LARGEST = 16 * 1024
"""Bytes in the arguments of one call, enough for a staple and a chain. What is larger is worked out every time."""

Arguments = TypeVarTuple("Arguments")
Value = TypeVar("Value")


class _TooLargeError(Exception):
    """Carries a value past the cache: what raises is not kept."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def remember(entries: int) -> Callable[[Callable[[*Arguments], Value]], Callable[[*Arguments], Value]]:
    """`functools.lru_cache` for functions of bytes and of tuples of bytes.

    What is too large is not kept, so that a hostile server cannot fill the memory. The size
    is looked at when something is not in the cache, since a hit has to be quick.
    """

    def decorate(function: Callable[[*Arguments], Value]) -> Callable[[*Arguments], Value]:
        @functools.lru_cache(maxsize=entries)
        def cached(*args: *Arguments) -> Value:
            value = function(*args)
            if _size(args) > LARGEST:
                raise _TooLargeError(value)
            return value

        @functools.wraps(function)
        def call(*args: *Arguments) -> Value:
            try:
                return cached(*args)
            except _TooLargeError as large:
                return cast("Value", large.value)

        return call

    return decorate


def _size(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    return sum([_size(part) for part in value]) if isinstance(value, tuple) else 0
