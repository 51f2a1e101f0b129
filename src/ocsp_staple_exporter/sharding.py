"""Which of several exporters probes a target.

The same arithmetic as Prometheus's relabelling action `hashmod`, so that both divide a list alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

MOST_SHARDS = 65536


@dataclass(frozen=True, slots=True)
class Shard:
    """One exporter of `total`, counted from 0; raises ValueError where there is no such one."""

    ordinal: int = 0
    total: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.total <= MOST_SHARDS:
            raise ValueError(f"{self.total} shards: from 1 to {MOST_SHARDS} are possible")
        if not 0 <= self.ordinal < self.total:
            raise ValueError(f"shard {self.ordinal} of {self.total}: shards are counted from 0 to {self.total - 1}")

    def owns(self, address: str) -> bool:
        """Whether the target of this address, as it is written in its list, is for this shard."""
        return self.total == 1 or hashmod(address, self.total) == self.ordinal


WHOLE = Shard()


def hashmod(text: str, modulus: int) -> int:
    """What Prometheus's `hashmod` makes of a label's value: the last 64 bits of its MD5, modulo."""
    digest = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "big") % modulus
