"""Every fault of the laboratory ends with its own reason, however the bytes are cut, and owes its alert."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.faults import FAULTS, Fault, ways
from ocsp_staple_exporter.lab.faults.flights import FLIGHTS
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.alerts import ALERT_OWED
from tests.faults.meeting import WIDEST, Meeting

KEYS_DIFFER = {
    "tls13:ServerHello:twice",
    "tls13:ServerHello:endless_repetition",
    "tls13-asking:ServerHello:twice",
    "tls13-asking:ServerHello:endless_repetition",
    "tls12:ServerHelloDone:twice",
    "tls12:ServerHelloDone:endless_repetition",
    "tls12-asking:ServerHelloDone:twice",
    "tls12-asking:ServerHelloDone:endless_repetition",
    "tls12-asking:CertificateRequest:late",
}
"""The fault is in the server's transcript and not in the client's: it cannot decrypt the alert."""

CUT = frozenset(list(FAULTS)[::4])
"""What is fed byte by byte too: every kind of fault at some message, every message with some fault."""


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_ends_with_its_reason_and_the_alert_that_is_owed(name: str) -> None:
    fault = FAULTS[name]
    for width in (WIDEST, 1) if name in CUT else (WIDEST,):
        parting = Meeting(fault, width).part()
        assert parting.reason is fault.ending.reason, parting
        if parting.reason is not ProbeFailure.HANDSHAKE_TIMEOUT:
            assert fault.ending.detail in parting.detail, parting
        assert bool(parting.said) is (fault.ending.alert is not None)
        assert parting.heard == (None if name in KEYS_DIFFER else fault.ending.alert), parting


# ---------------------------------------------------------------- the catalogue

OF_A_HANDSHAKE = {
    ProbeFailure.HANDSHAKE_TIMEOUT,
    ProbeFailure.CONNECTION_CLOSED,
    ProbeFailure.NOT_TLS,
    ProbeFailure.ALERT_RECEIVED,
    *ALERT_OWED,
}
"""All that the bytes of a server can come to."""


def test_every_reason_that_a_handshake_can_fail_for_has_a_fault() -> None:
    assert {fault.ending.reason for fault in FAULTS.values()} == {None, *OF_A_HANDSHAKE}


def test_faults_of_one_reason_are_told_apart_by_their_detail() -> None:
    """An unexpected message says which one it was and which one was due."""
    details = {
        Meeting(FAULTS[f"tls13:{name}"]).part().detail
        for name in (
            "EncryptedExtensions:missing",
            "Certificate:missing",
            "CertificateVerify:missing",
            "EncryptedExtensions:twice",
            "Certificate:after_ticket",
            "Certificate:after_empty_record",
            "Certificate:as_application_data",
            "Certificate:around_application_data",
            "Certificate:in_the_clear",
            "Finished:in_the_clear",
        )
    }
    assert len(details) == 10


def test_a_server_without_a_fault_is_read() -> None:
    for flight in FLIGHTS:
        parting = Meeting(Fault(flight, "no message of this name", ways.missing)).part()
        assert (parting.reason, parting.said, parting.heard) == (None, b"", None), flight.name


def test_each_message_of_a_flight_is_one_that_its_server_sends() -> None:
    """Else its faults would be none."""
    for flight in FLIGHTS:
        for message in flight.messages:
            parting = Meeting(Fault(flight, message, ways.closed)).part()
            assert parting.reason is ProbeFailure.CONNECTION_CLOSED, (flight.name, message)
