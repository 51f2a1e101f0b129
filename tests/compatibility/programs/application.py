"""A WSGI application that has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(_environment: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    start_response("204 No Content", [])
    return ()
