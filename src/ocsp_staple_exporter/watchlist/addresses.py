"""What is known of a name's addresses: which of them are watched, and which count as gone.

An answer may leave out an address that is still in use: resolvers rotate, and give parts
of long lists. So an address is let go only when MISSED_ANSWERS in a row were without it, and
none had it for PATIENCE; a look-up that failed says nothing. Where an address comes back
after it was let go, that was too early: from then on the name gets twice the patience.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

MISSED_ANSWERS = 3

PATIENCE = 300.0
"""Seconds. An address that was switched off goes before its failing probes are an alert (15 minutes)."""

MOST_PATIENCE = 3600.0
"""Seconds."""

MOST_ADDRESSES = 100
"""Of one name; more are left out and counted."""

GONE_REMEMBERED = 86_400.0
"""Seconds for which an address that was let go is known again when it comes back."""

MOST_GONE = 4 * MOST_ADDRESSES

FAILURES_SHOWN = 3
"""Look-ups that fail in a row before a name whose addresses are known counts as unresolved."""


class Sighting(NamedTuple):
    """When an address was last in an answer."""

    at: float
    """Seconds of a clock that only goes forward."""

    missed: int = 0
    """Answers since then, all without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that look-ups of one name have told so far; by default none was made."""

    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    gone: Mapping[str, float] = field(default_factory=dict)
    """Addresses that were let go, and when."""

    patience: float = PATIENCE
    left_out: int = 0
    """Addresses of the last answer that were too many."""

    failures: int = 0
    """Look-ups that failed since the last answer."""

    failure: str = ""
    """Why the last look-up failed; empty where it did not."""

    @property
    def unresolved(self) -> bool:
        return self.failures >= (FAILURES_SHOWN if self.sightings else 1)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those that are watched."""
        return tuple(sorted(self.sightings))

    def after_answer(self, answer: Collection[str], now: float) -> Known:
        """`now`: seconds of the clock of the sightings."""
        patience = self.patience
        if not self.gone.keys().isdisjoint(answer):
            patience = min(2 * patience, MOST_PATIENCE)
        kept, gone = {}, {address: at for address, at in self.gone.items() if now - at < GONE_REMEMBERED}
        for address, seen in self.sightings.items():
            if address in answer:
                kept[address] = Sighting(now)
            elif seen.missed + 1 < MISSED_ANSWERS or now - seen.at < patience:
                kept[address] = Sighting(seen.at, seen.missed + 1)
            else:
                gone[address] = now
        new = sorted(set(answer) - kept.keys())
        taken = new[: max(0, MOST_ADDRESSES - len(kept))]
        for address in taken:
            kept[address] = Sighting(now)
            gone.pop(address, None)
        remembered = sorted(gone.items(), key=lambda entry: entry[1])[-MOST_GONE:]
        return Known(sightings=kept, gone=dict(remembered), patience=patience, left_out=len(new) - len(taken))

    def after_failure(self, detail: str) -> Known:
        return replace(self, failures=self.failures + 1, failure=detail)
