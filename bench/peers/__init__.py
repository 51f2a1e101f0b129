"""Who is measured, by turns, against the same server.

A peer is entered once; what it yields measures one window of so many seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.lab import Lab
from bench.measure import Sample
from bench.peers import exporters, openssl, own, python

Measure = Callable[[float], Sample]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    does: str
    """What one of its probes is, in a few words: peers do not all do the same."""

    enter: Callable[[Lab], AbstractContextManager[Measure]]


PEERS = (
    Peer("this exporter, list", "schedule, handshake, staple and chain judged, published", own.watching_a_list),
    Peer("this exporter, /probe", "the same, asked over HTTP one by one", own.asked),
    Peer("its handshake alone", "handshake over a blocking socket, nothing judged", python.reader),
    Peer("blackbox_exporter /probe", "handshake, chain verified; knows no staple", exporters.blackbox),
    Peer("C client on OpenSSL", "handshake, chain verified, staple asked for, nothing judged", openssl.c_client),
    Peer("openssl s_client", "a process per probe: handshake, chain verified, staple printed", openssl.s_client),
    Peer("pyOpenSSL loop", "handshake, staple read, nothing judged", python.pyopenssl),
    Peer("pyOpenSSL loop, chain", "the same, chain verified", python.pyopenssl_chain),
    Peer("sslyze loop", "certificate_info: several handshakes, five trust stores", python.sslyze),
)


def peers() -> tuple[Peer, ...]:
    """Those that every machine can have, and exporters whose binaries the environment names."""
    found = [*PEERS]
    if os.environ.get("SSL_EXPORTER"):
        peer = Peer("ssl_exporter /probe", "handshake, chain verified, staple read", exporters.ssl_exporter)
        found.insert(4, peer)
    return tuple(found)
