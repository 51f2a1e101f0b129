"""What a probe counts: its handshakes, and the certificates that were sent."""

from __future__ import annotations

from collections.abc import Iterable

from ocsp_staple_exporter.exposition.text import Sample
from ocsp_staple_exporter.model import BESIDE_THE_STAPLE, Observation, Verdict


def handshakes(observation: Observation) -> Iterable[Sample]:
    came = observation.stapled
    return (("true",), came), (("false",), len(observation.handshakes) - came)


def chain_certificates(observation: Observation) -> Iterable[Sample]:
    """By what came stapled for each: nothing, or a staple that clients accept or reject."""
    leaf = observation.assessment if isinstance(observation.assessment, Verdict) else None
    stapled = [verdict for verdict in (leaf, *observation.others) if verdict]
    rejected = sum(any(error.reason not in BESIDE_THE_STAPLE for error in verdict.errors) for verdict in stapled)
    none = len(observation.handshake.chain) - len(stapled)
    return (("none",), none), (("accepted",), len(stapled) - rejected), (("rejected",), rejected)
