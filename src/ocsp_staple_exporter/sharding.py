"""Which of several exporters probes a target.

The same arithmetic as Prometheus's relabelling action `hashmod`, so that both divide a list alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
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


def parse_ordinal(text: str, environment: Mapping[str, str], hostname: str) -> int:
    """Which shard this is: a number, `pod-index` or `hostname`; raises ValueError, whose text says what is wrong.

    In a StatefulSet of Kubernetes, pods are called `name-0`, `name-1` and so on, and the same number
    is their label apps.kubernetes.io/pod-index, which a manifest can put into POD_INDEX.
    """
    match text:
        case "pod-index":
            return _number(environment.get("POD_INDEX", ""), "the environment variable POD_INDEX")
        case "hostname":
            name = hostname.partition(".")[0]
            return _number(name.rpartition("-")[2], f"what follows the last hyphen of the host's name {name!r}")
        case _:
            return _number(text, "the ordinal of a shard")


def _number(text: str, what: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text):
        raise ValueError(f"{what} is {text!r}, which is no whole number, such as 0")
    return int(text)


def hashmod(text: str, modulus: int) -> int:
    """What Prometheus's `hashmod` makes of a label's value: the last 64 bits of its MD5, modulo."""
    digest = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "big") % modulus
