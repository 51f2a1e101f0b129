"""A cache for functions of bytes that strangers send, bounded in entries and in bytes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple, cast

LARGEST = 16 * 1024
"""Bytes in the arguments of one call, enough for a staple and a chain. What is larger is worked out every time."""

Arguments = TypeVarTuple("Arguments")
Value = TypeVar("Value")


class _NotKeptError(Exception):
    """Carries a value past the cache: what raises is not kept."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def _always(_value: object) -> bool:
    return True


def remember(
    entries: int, *, average: int = LARGEST, keep: Callable[[Any], bool] = _always
) -> Callable[[Callable[[*Arguments], Value]], Callable[[*Arguments], Value]]:
    """`functools.lru_cache` for functions of bytes and of tuples of bytes.

    What is too large is not kept, nor what `keep` says is not worth it, so that a hostile server cannot fill the
    memory. When more than `average` bytes for each entry have come in, all is forgotten. The size is looked at when
    something is not in the cache, since a hit has to be quick.
    """

    def decorate(function: Callable[[*Arguments], Value]) -> Callable[[*Arguments], Value]:
        came_in = 0

        @functools.lru_cache(maxsize=entries)
        def cached(*args: *Arguments) -> Value:
            nonlocal came_in
            value = function(*args)
            size = _size(args)
            if size > LARGEST or not keep(value):
                raise _NotKeptError(value)
            came_in += size
            if came_in > entries * average:
                cached.cache_clear()
                came_in = size
            return value

        @functools.wraps(function)
        def call(*args: *Arguments) -> Value:
            try:
                return cached(*args)
            except _NotKeptError as past:
                return cast("Value", past.value)

        return call

    return decorate


def _size(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    return sum([_size(part) for part in value]) if isinstance(value, tuple) else 0
