"""Garbage collection that does not hold up the probes.

What the exporter keeps of each endpoint lives long and is in no reference cycle, but the
collector does not know: a full collection looks at all of it, some 300 ms at 100,000 endpoints,
and would come several times a minute. So only young objects are looked at, a few milliseconds'
worth, and everything once a day, for what a bug may have left.

The young are looked at by the clock, too. The collector counts new objects less those that went: the
result of a probe takes the place of the last one, so that its count stands still until all that the
exporter keeps is young, and is looked at in one go.
"""

from __future__ import annotations

import asyncio
import gc
import time

YOUNG = 5_000
"""New containers after which the youngest are looked at."""

OLDER = 2
"""Collections of the youngest after which those that survived one are looked at too. After ten, that took 25 ms."""

YOUNG_EVERY = 0.5
"""Seconds. One core makes some 1,000 probes in that time, and their objects take 5 ms."""

NEVER = 2**31 - 1

ALL_EVERY = 86_400.0
"""Seconds."""


async def spare_collections() -> None:
    """Until cancelled; then the collector is as it was before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # modules and classes: nobody needs to look at them again
    gc.set_threshold(YOUNG, OLDER, NEVER)
    try:
        while True:
            all_due = time.monotonic() + ALL_EVERY
            while time.monotonic() < all_due:
                await asyncio.sleep(YOUNG_EVERY)
                gc.collect(1)
            gc.collect()
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
