"""What a server can fail to prove, and certificates and staples that are none."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults import ways
from ocsp_staple_exporter.lab.faults.fault import Ending, Fault
from ocsp_staple_exporter.lab.faults.flights import TLS10, TLS11, TLS12, TLS12_DHE, TLS12_RSA, TLS13, TLS13_ASKING
from ocsp_staple_exporter.lab.faults.misbehaving import Misbehaving, Play
from ocsp_staple_exporter.lab.faults.way import illegal, malformed
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.messages import STATUS_TYPE_OCSP, Extension
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, vector

SIGNED = (TLS12, TLS12_DHE, TLS11, TLS10)
"""The flights with a ServerKeyExchange."""

_FORGED = Ending(ProbeFailure.SIGNATURE_INVALID, "the leaf's key did not make this")
_UNFINISHED = Ending(ProbeFailure.FINISHED_INVALID, "Finished does not match the handshake")
_NO_CERTIFICATE = Ending(ProbeFailure.NO_CERTIFICATE, "Certificate message is empty")
_UNREADABLE = Ending(ProbeFailure.CERTIFICATE_UNREADABLE, "the leaf cannot be read")
_OTHER_STATUS = Ending(ProbeFailure.UNEXPECTED_STATUS_TYPE, "certificate status of type 3")

_OTHER_LAST_BYTE = ways.edited(lambda body: body[:-1] + bytes([body[-1] ^ 1]))
_NO_MORE_THAN_ZEROS = ways.edited(lambda body: bytes(len(body)))


def _scheme(code: bytes) -> Play:
    """A CertificateVerify that names another scheme."""
    return ways.edited(lambda body: code + body[2:])


def _of_another_handshake(flights: Misbehaving, message_type: HandshakeType, _body: bytes) -> None:
    """A CertificateVerify over another transcript, as one that was recorded earlier has it."""
    flights.transcript.update(b"another handshake")
    flights.put(message_type, flights.certificate_verify())  # type: ignore[attr-defined]  # only TLS 1.3 has it


def _with_status(status: bytes) -> Play:
    """A Certificate of TLS 1.3 whose only certificate has this status."""

    def play(flights: Misbehaving, message_type: HandshakeType, _body: bytes) -> None:
        leaf = vector(3, flights.credential.chain[0])
        entry = leaf + vector(2, extension(Extension.STATUS_REQUEST, status))
        flights.put(message_type, vector(1, b"") + vector(3, entry))

    return play


def _chain13(*certificates: bytes) -> Play:
    entries = b"".join(vector(3, certificate) + vector(2, b"") for certificate in certificates)
    return ways.edited(lambda _body: vector(1, b"") + vector(3, entries))


def _chain12(*certificates: bytes) -> Play:
    entries = b"".join(vector(3, certificate) for certificate in certificates)
    return ways.edited(lambda _body: vector(3, entries))


PROOF_FAULTS: Mapping[str, Fault] = {
    # ------------------------------------------------------------ possession of the key
    "tls13:CertificateVerify:forged": Fault(TLS13, "CertificateVerify", _OTHER_LAST_BYTE, _FORGED),
    "tls13:CertificateVerify:replayed": Fault(TLS13, "CertificateVerify", _of_another_handshake, _FORGED),
    "tls13:CertificateVerify:empty_signature": Fault(
        TLS13, "CertificateVerify", ways.edited(lambda body: body[:2] + vector(2, b"")), _FORGED
    ),
    "tls13:CertificateVerify:scheme_not_offered": Fault(
        TLS13, "CertificateVerify", _scheme(b"\xfe\xfe"), illegal("scheme 0xfefe, which was not offered")
    ),
    "tls13:CertificateVerify:scheme_of_another_key": Fault(
        TLS13, "CertificateVerify", _scheme(b"\x08\x04"), illegal("does not fit the leaf's key")
    ),
    "tls13:CertificateVerify:scheme_of_another_curve": Fault(
        TLS13, "CertificateVerify", _scheme(b"\x05\x03"), illegal("does not fit the leaf's key on secp256r1")
    ),
    "tls13:CertificateVerify:scheme_of_tls12": Fault(
        TLS13, "CertificateVerify", _scheme(b"\x02\x03"), illegal("signs no CertificateVerify in TLS 1.3")
    ),
    **{
        f"{flight.name}:ServerKeyExchange:forged": Fault(flight, "ServerKeyExchange", _OTHER_LAST_BYTE, _FORGED)
        for flight in SIGNED
    },
    "tls12:ServerKeyExchange:not_a_named_curve": Fault(
        TLS12, "ServerKeyExchange", ways.edited(lambda body: b"\x01" + body[1:]), illegal("curve type 1")
    ),
    "tls12:ServerKeyExchange:group_not_offered": Fault(
        TLS12, "ServerKeyExchange", ways.edited(lambda body: b"\x03\x00\x01" + body[3:]), illegal("group 0x0001")
    ),
    # ------------------------------------------------------------ integrity of the flight
    **{
        f"{flight.name}:Finished:{name}": Fault(flight, "Finished", play, _UNFINISHED)
        for flight in (TLS13, TLS13_ASKING, TLS12, TLS12_DHE, TLS12_RSA)
        for name, play in {"wrong": _OTHER_LAST_BYTE, "zeros": _NO_MORE_THAN_ZEROS}.items()
    },
    # ------------------------------------------------------------ certificates
    "tls13:Certificate:none": Fault(TLS13, "Certificate", _chain13(), _NO_CERTIFICATE),
    "tls12:Certificate:none": Fault(TLS12, "Certificate", _chain12(), _NO_CERTIFICATE),
    "tls11:Certificate:none": Fault(TLS11, "Certificate", _chain12(), _NO_CERTIFICATE),
    "tls13:Certificate:of_no_bytes": Fault(TLS13, "Certificate", _chain13(b""), malformed("where 1 are the least")),
    "tls12:Certificate:of_no_bytes": Fault(TLS12, "Certificate", _chain12(b""), malformed("where 1 are the least")),
    "tls13:Certificate:unreadable": Fault(TLS13, "Certificate", _chain13(b"\x30\x03\x02\x01\x00"), _UNREADABLE),
    "tls12:Certificate:unreadable": Fault(TLS12, "Certificate", _chain12(b"\x30\x03\x02\x01\x00"), _UNREADABLE),
    "tls13:Certificate:with_a_context": Fault(
        TLS13, "Certificate", ways.edited(lambda body: vector(1, b"x") + body[1:]), illegal("Certificate has a context")
    ),
    "tls13:Certificate:of_tls12": Fault(
        TLS13, "Certificate", ways.edited(lambda _body: vector(3, vector(3, b"leaf"))), malformed("Certificate")
    ),
    "tls12:Certificate:of_tls13": Fault(
        TLS12, "Certificate", ways.edited(lambda body: vector(1, b"") + body), malformed("Certificate")
    ),
    # ------------------------------------------------------------ staples
    "tls13:Certificate:status_of_another_type": Fault(
        TLS13, "Certificate", _with_status(b"\x03" + vector(3, b"staple")), _OTHER_STATUS
    ),
    "tls12:CertificateStatus:of_another_type": Fault(
        TLS12, "CertificateStatus", ways.edited(lambda body: b"\x03" + body[1:]), _OTHER_STATUS
    ),
    "tls13:Certificate:status_cut": Fault(
        TLS13, "Certificate", _with_status(bytes([STATUS_TYPE_OCSP, 0, 1, 0]) + b"staple"), malformed("status_request")
    ),
    # ------------------------------------------------------------ requests
    "tls13-asking:CertificateRequest:with_a_context": Fault(
        TLS13_ASKING,
        "CertificateRequest",
        ways.edited(lambda body: vector(1, b"x") + body[1:]),
        illegal("CertificateRequest has a context"),
    ),
    "tls13-asking:CertificateRequest:without_algorithms": Fault(
        TLS13_ASKING,
        "CertificateRequest",
        ways.edited(lambda _body: vector(1, b"") + vector(2, b"")),
        illegal("CertificateRequest names no signature algorithms"),
    ),
}
