"""status_request_v2 (RFC 6961): the staples of the whole chain, before TLS 1.3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab.tls_flights import certificate_status
from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_server import Terms
from ocsp_staple_exporter.model import ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.wire import extension, vector
from tests.tls.tls_faults import V12, V13, appended, constant, edited, read, reason
from tests.tls.tls_lab import credential
from tests.tls_versions import OLD

RSA = credential("rsa")
BOTH = replace(RSA, issuer_staples=(b"second",))
KNOWS = Terms(status_request_v2=True)
MULTI = b"\x02"
STAPLES = vector(3, b"first") + vector(3, b"second")


@pytest.mark.parametrize("version", [*OLD, V12])
def test_every_certificate_has_its_own_staple(version: TLSVersion) -> None:
    seen = read(version, {}, KNOWS, BOTH)
    assert (seen.staples, seen.status_acknowledged) == ((RSA.staple, b"second"), True)


def test_a_server_that_does_not_know_it_staples_the_leaf_as_ever() -> None:
    assert read(V12, {}, Terms(), BOTH).staples == (RSA.staple, None)


def test_an_empty_entry_stands_for_no_staple() -> None:
    only_second = replace(RSA, staple=None, issuer_staples=(b"second",))
    assert read(V12, {}, KNOWS, only_second).staples == (None, b"second")


def test_the_leafs_staple_may_come_alone() -> None:
    """RFC 6961 §2.2: of the kinds that were offered the server takes one."""
    alone = constant("certificate_status", certificate_status(b"first"))
    assert read(V12, alone, KNOWS, BOTH).staples == (b"first", None)
    short = constant("certificate_status", MULTI + vector(3, vector(3, b"first")))
    assert read(V12, short, KNOWS, BOTH).staples == (b"first", None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (MULTI + vector(3, STAPLES + vector(3, b"third")), ProbeFailure.ILLEGAL_PARAMETER),
        (MULTI + vector(3, b""), ProbeFailure.MALFORMED_MESSAGE),
        (MULTI + vector(3, STAPLES + b"\x00"), ProbeFailure.MALFORMED_MESSAGE),
        (MULTI + vector(3, STAPLES) + b"x", ProbeFailure.MALFORMED_MESSAGE),
        (MULTI, ProbeFailure.MALFORMED_MESSAGE),
        (b"", ProbeFailure.MALFORMED_MESSAGE),
        (b"\x03" + vector(3, STAPLES), ProbeFailure.UNEXPECTED_STATUS_TYPE),
    ],
    ids=["too many", "an empty list", "cut short", "more behind", "nothing behind", "empty", "another type"],
)
def test_a_list_of_another_form_is_refused(content: bytes, expected: ProbeFailure) -> None:
    assert reason(V12, constant("certificate_status", content), terms=KNOWS, shown=BOTH) is expected


def test_a_list_needs_the_acknowledgement_of_its_own_extension() -> None:
    listed = constant("certificate_status", MULTI + vector(3, STAPLES))
    assert reason(V12, listed, shown=BOTH) is ProbeFailure.UNEXPECTED_STATUS_TYPE
    silent = edited("hello_extensions", extension(Extension.STATUS_REQUEST_V2, b""), b"", TLS12Flights)
    assert reason(V12, silent, terms=KNOWS, shown=BOTH) is ProbeFailure.UNEXPECTED_MESSAGE


def test_the_acknowledgement_is_empty() -> None:
    full = appended("hello_extensions", extension(Extension.STATUS_REQUEST_V2, b"x"), TLS12Flights)
    assert reason(V12, full, shown=RSA) is ProbeFailure.MALFORMED_MESSAGE


def test_a_server_that_acknowledges_and_sends_none_is_told_from_one_that_does_not() -> None:
    bare = replace(RSA, staple=None)
    acknowledged = appended("hello_extensions", extension(Extension.STATUS_REQUEST, b""), TLS12Flights)
    for overrides, expected in ((acknowledged, True), ({}, False)):
        seen = read(V12, overrides, shown=bare)
        assert (seen.staple, seen.status_acknowledged) == (None, expected)
    for shown in (bare, RSA):
        assert read(V13, {}, shown=shown).status_acknowledged is None


def test_tls13_has_the_staples_in_the_entries_and_never_this_extension() -> None:
    assert read(V13, {}, KNOWS, BOTH).staples == (RSA.staple, b"second")
    content = vector(2, extension(Extension.STATUS_REQUEST_V2, b""))
    assert reason(V13, constant("encrypted_extensions", content)) is ProbeFailure.ILLEGAL_PARAMETER
    asked = b"\x00\x11\x00\x10\x00\x0e"
    assert asked in ClientHandshake("leaf.test").receive(b"")
    assert asked not in ClientHandshake("leaf.test", frozenset({V13})).receive(b"")
