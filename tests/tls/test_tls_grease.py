"""What a server may send that nobody knows (RFC 8701 §4), and where it may not."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import Terms
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.keyschedule import Secret
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, handshake_message, vector
from tests.tls.tls_faults import V13, Overrides, constant, read, reason

GREASE = 0x1A1A
UNKNOWN = extension(GREASE, b"\x00")
WANTS = Terms(request_client_certificate=True)


def test_a_certificate_request_may_hold_anything_beside_its_algorithms() -> None:
    schemes = extension(Extension.SIGNATURE_ALGORITHMS, vector(2, b"\x04\x03" + GREASE.to_bytes(2)))
    request = constant("certificate_request", b"\x00" + vector(2, UNKNOWN + schemes))
    assert read(V13, request, WANTS).client_certificate_requested


@pytest.mark.parametrize("step", ["encrypted_extensions", "certificate_extensions"])
def test_an_answer_to_a_question_that_nobody_asked_is_refused(step: str) -> None:
    """RFC 8446 §4.2: in a ServerHello, EncryptedExtensions and Certificate."""
    content = vector(2, UNKNOWN) if step == "encrypted_extensions" else UNKNOWN
    assert reason(V13, constant(step, content)) is ProbeFailure.ILLEGAL_PARAMETER


def test_tickets_right_behind_the_finished_change_nothing() -> None:
    """Some servers send them before they have heard ours; their extensions are nobody's business."""

    def read_client(self: TLS13Flights, client_secret: Secret) -> Step:
        ticket = bytes(8) + vector(1, b"nonce") + vector(2, b"ticket") + vector(2, UNKNOWN)
        for _ in range(2):
            self.records.send(ContentType.HANDSHAKE, handshake_message(HandshakeType.NEW_SESSION_TICKET, ticket))
        yield from TLS13Flights._read_client(self, client_secret)

    overrides: Overrides = {"_read_client": read_client}
    assert read(V13, overrides) == read(V13, {})
