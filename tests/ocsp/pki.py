"""One CA, its leaf and its responder, made once for all tests of this room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.model import Finding, Verdict
from ocsp_staple_exporter.ocsp import judge

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pki:
    ca: Authority
    leaf: Identity
    responder: Identity

    @property
    def issuers(self) -> tuple[bytes, ...]:
        return self.leaf.chain[1:]

    def judge(self, staple: bytes, now: datetime = NOW, clock_skew: timedelta = timedelta(0)) -> Verdict:
        return judge(staple, self.leaf.der, self.issuers, now, clock_skew=clock_skew)


@cache
def pki(key_type: KeyType = "ecdsa") -> Pki:
    root = Authority.root(now=NOW)
    ca = root.issue_authority(key=generate_key(key_type))
    leaf = ca.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"])
    return Pki(ca, leaf, ca.issue_responder(key=generate_key(key_type)))


def reasons(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.reason.value for finding in findings]
