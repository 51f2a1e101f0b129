"""A server that staples for every certificate of its chain (RFC 8446 §4.4.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.staples import Status, staple
from ocsp_staple_exporter.lab.tls_flights import certificate_status
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import CertStatus, Endpoint, Module, Observation, ProbeResult, Reason
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.probe.judging import MOST_OTHERS
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.wire import extension

NOW = datetime.now(UTC)
ROOT = Authority.root(now=NOW)
ISSUER = ROOT.issue_authority()
LEAF = ISSUER.issue_leaf("host.test", ocsp_urls=["http://ocsp.test/"])
GOOD = staple(LEAF, ISSUER, now=NOW)


def of_issuer(status: Status = "good", *, flaw: str | None = None) -> bytes:
    """A staple for the intermediate, which the root vouches for."""
    return staple(ISSUER, ROOT, now=NOW, status=status, flaw=flaw)


async def probed(
    *others: bytes | None, leaf: bytes | None = GOOD, module: Module | None = None, sent: Identity = LEAF
) -> ProbeResult:
    """Of a server that sends leaf and intermediate, with these staples after the leaf's."""

    class Flights(TLS13Flights):
        def certificate_extensions(self, position: int) -> bytes:
            given: Sequence[bytes | None] = (leaf, *others)
            der = given[position]
            return b"" if der is None else extension(Extension.STATUS_REQUEST, certificate_status(der))

    credential = Credential(sent.chain, sent.key)
    issuers = (ROOT.der,)
    module = module or Module(trust_anchors=issuers, issuers=issuers, staple_retries=0)
    async with serve(lambda: ServerHandshake(lambda _: credential, tls13=Flights)) as port:
        endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="host.test", module=module)
        return await Prober(trust_anchors=issuers).probe(endpoint)


def observed(result: ProbeResult) -> Observation:
    assert isinstance(result.outcome, Observation), result.outcome
    return result.outcome


def reasons(result: ProbeResult) -> tuple[list[Reason], list[Reason]]:
    assessment = observed(result).assessment
    return [error.reason for error in assessment.errors], [warning.reason for warning in assessment.warnings]


async def test_a_staple_for_the_leaf_alone_leaves_nothing_to_judge() -> None:
    assert observed(await probed(None)).others == ()


@pytest.mark.parametrize(("count", "unjudged"), [(MOST_OTHERS, 0), (MOST_OTHERS + 2, 2)])
async def test_staples_far_down_a_chain_are_counted_and_not_judged(count: int, unjudged: int) -> None:
    long = replace(LEAF, chain=(LEAF.der, *(ISSUER.der,) * count))
    seen = observed(await probed(*[of_issuer()] * count, sent=long))
    assert [verdict is None for verdict in seen.others] == [place >= MOST_OTHERS for place in range(count)]
    assert [(warning.reason, warning.detail) for warning in seen.assessment.warnings] == [
        (
            Reason.INTERMEDIATE_STAPLE_INVALID,
            f"{unjudged} staples were not looked at: they are for certificates after the first 9",
        )
    ][: bool(unjudged)]


async def test_a_good_staple_of_the_intermediate_is_judged_for_it_with_an_issuer_from_the_file() -> None:
    result = await probed(of_issuer())
    (verdict,) = observed(result).others
    assert verdict is not None
    assert (verdict.cert_status, verdict.errors) == (CertStatus.GOOD, ())
    assert (state_of(result), reasons(result)) == (State.GOOD, ([], []))


@pytest.mark.parametrize(
    ("other", "reason", "detail"),
    [
        (of_issuer(flaw="expired"), Reason.INTERMEDIATE_STAPLE_INVALID, "expired: "),
        (of_issuer("revoked"), Reason.INTERMEDIATE_REVOKED, "revoked: "),
        (of_issuer("revoked", flaw="signature_invalid"), Reason.INTERMEDIATE_STAPLE_INVALID, "signature_invalid: "),
        (GOOD, Reason.INTERMEDIATE_STAPLE_INVALID, "responder_not_found: "),
        (b"no staple", Reason.INTERMEDIATE_STAPLE_INVALID, "malformed: "),
        (b"", Reason.INTERMEDIATE_STAPLE_INVALID, "staple_empty: "),
    ],
)
async def test_a_bad_one_is_a_warning_and_the_leaf_is_as_good_as_before(
    other: bytes, reason: Reason, detail: str
) -> None:
    result = await probed(other)
    assert reasons(result) == ([], [reason])
    assert detail in observed(result).assessment.warnings[0].detail
    assert ISSUER.certificate.subject.rfc4514_string() in observed(result).assessment.warnings[0].detail
    assert state_of(result) is State.WARNING


async def test_without_the_root_it_cannot_be_verified() -> None:
    result = await probed(of_issuer(), module=Module(trust_anchors=(ROOT.der,)))
    assert "issuer_unavailable: " in observed(result).assessment.warnings[0].detail


async def test_a_bad_one_beside_a_missing_staple_of_the_leaf_is_told_as_well() -> None:
    result = await probed(of_issuer(flaw="expired"), leaf=None)
    assert reasons(result) == ([], [Reason.NO_STAPLE, Reason.INTERMEDIATE_STAPLE_INVALID])
    assert state_of(result) is State.MISSING


async def test_the_leaf_is_judged_as_strictly_as_ever() -> None:
    stale = staple(LEAF, ISSUER, now=NOW, next_update=NOW - timedelta(hours=1), this_update=NOW - timedelta(days=3))
    result = await probed(of_issuer(), leaf=stale)
    assert (reasons(result)[0], state_of(result)) == ([Reason.EXPIRED], State.INVALID)


async def test_where_none_is_due_for_the_leaf_a_bad_one_of_the_intermediate_asks_for_no_retry() -> None:
    module = Module(trust_anchors=(ROOT.der,), issuers=(ROOT.der,), staple_retries=1)
    result = await probed(of_issuer(flaw="expired"), leaf=None, module=module, sent=ISSUER.issue_leaf("host.test"))
    assert reasons(result) == ([], [Reason.INTERMEDIATE_STAPLE_INVALID])
    assert (state_of(result), observed(result).rounds) == (State.WARNING, None)
