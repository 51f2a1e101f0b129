"""Which servers refuse a hello whatever groups it offers."""

from __future__ import annotations

import asyncio

from ocsp_staple_exporter.model import Endpoint

REMEMBERED_SECONDS = 3600.0
"""Then the server is asked both ways again: it may have come to insist on hybrid groups meanwhile."""

MOST_REMEMBERED = 100_000
"""Beyond that all are forgotten, and asked both ways once more."""

_Who = tuple[str, str | None, str]


class Refusals:
    """Spares a second connection in every probe of a server that would refuse that one too."""

    def __init__(self) -> None:
        self._until: dict[_Who, float] = {}

    def note(self, endpoint: Endpoint) -> None:
        """It refused with every group, too."""
        if len(self._until) >= MOST_REMEMBERED:
            self._until.clear()
        self._until[_who(endpoint)] = asyncio.get_running_loop().time() + REMEMBERED_SECONDS

    def knows(self, endpoint: Endpoint) -> bool:
        """Whether it did so not long ago."""
        return asyncio.get_running_loop().time() < self._until.get(_who(endpoint), 0.0)


def _who(endpoint: Endpoint) -> _Who:
    """/probe may ask one target for several names, and in several ways."""
    return endpoint.id, endpoint.server_name, endpoint.module.name
