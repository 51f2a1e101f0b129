"""Which servers lack the kind of key that they are asked for, and refuse a hello whatever groups it offers."""

from __future__ import annotations

import asyncio

from ocsp_staple_exporter.model import Endpoint

REMEMBERED_SECONDS = 600.0
"""Then the server is asked both ways again: it may have come to insist on hybrid groups meanwhile."""

MOST_REMEMBERED = 10_000
"""Beyond that all are forgotten, and asked both ways once more."""


class Refusals:
    """Spares a second connection in every probe of a server that would refuse that one too."""

    def __init__(self) -> None:
        self._until: dict[Endpoint, float] = {}

    def note(self, endpoint: Endpoint) -> None:
        """It refused with every group, too. Where no kind of key is asked for, it is no matter of keys: it may mend."""
        if endpoint.key_type is None:
            return
        if len(self._until) >= MOST_REMEMBERED:
            self._until.clear()
        self._until[endpoint] = asyncio.get_running_loop().time() + REMEMBERED_SECONDS

    def knows(self, endpoint: Endpoint) -> bool:
        """Whether it did so not long ago."""
        return asyncio.get_running_loop().time() < self._until.get(endpoint, 0.0)
