"""Python's collector of garbage, out of the way while something large is built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Next to nothing built here is garbage: searching it again and again would take half of the time.

    Afterwards it counts as old: a search among the young would hold up everything else for the time that it saved.
    """
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.freeze()
            gc.unfreeze()  # all that was frozen is of the oldest generation now
            gc.enable()
