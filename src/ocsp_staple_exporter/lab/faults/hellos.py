"""What a server can choose wrongly: a hello that answers what was not asked."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults import ways
from ocsp_staple_exporter.lab.faults.fault import Ending, Fault
from ocsp_staple_exporter.lab.faults.flights import (
    TLS10,
    TLS11,
    TLS12,
    TLS12_DHE,
    TLS12_RSA,
    TLS13,
    TLS13_ASKING,
    Flight,
)
from ocsp_staple_exporter.lab.faults.misbehaving import Misbehaving, Play
from ocsp_staple_exporter.lab.faults.way import illegal, malformed, unexpected
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.messages import HELLO_RETRY_REQUEST, Extension
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, vector

RANDOM_AT, RANDOM_LENGTH = 2, 32
"""Where a ServerHello has its random: behind legacy_version."""

SELECTED_TLS13 = extension(Extension.SUPPORTED_VERSIONS, b"\x03\x04")
NOT_RENEGOTIATING = extension(Extension.RENEGOTIATION_INFO, b"\x00")
UNASKED = extension(16, vector(2, vector(1, b"h2")))
"""ALPN, which is never offered."""


def _random(ends: bytes) -> Play:
    """A ServerHello whose random ends so."""
    end = RANDOM_AT + RANDOM_LENGTH
    return ways.edited(lambda body: body[: end - len(ends)] + ends + body[end:])


def _version(number: bytes) -> Play:
    return ways.edited(lambda body: number + body[2:])


def _selected(number: bytes) -> Play:
    """A ServerHello whose supported_versions chooses that one."""
    return ways.replaced(SELECTED_TLS13, SELECTED_TLS13[:-2] + number)


def _suite(number: bytes) -> Play:
    return ways.edited(lambda body: _around_suite(body, number))


def _around_suite(body: bytes, number: bytes) -> bytes:
    at = RANDOM_AT + RANDOM_LENGTH
    at += 1 + body[at]
    return body[:at] + number + body[at + 2 :]


def _compressed(body: bytes) -> bytes:
    at = RANDOM_AT + RANDOM_LENGTH
    at += 1 + body[at] + 2
    return body[:at] + b"\x01" + body[at + 1 :]


def _with(more: bytes) -> Play:
    """One more extension at the end of a ServerHello."""

    def edit(body: bytes) -> bytes:
        at = RANDOM_AT + RANDOM_LENGTH
        at += 1 + body[at] + 3
        return body[:at] + vector(2, body[at + 2 :] + more)

    return ways.edited(edit)


def _other_session_id(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    ours = flights.hello.session_id
    ways.replaced(ours, bytes(len(ours)))(flights, message_type, body)


def _retry_for_ever(flights: Misbehaving, _message_type: HandshakeType, body: bytes) -> None:
    """A HelloRetryRequest in place of the ServerHello that follows the first one."""
    head = body[:RANDOM_AT] + HELLO_RETRY_REQUEST
    flights.put(HandshakeType.SERVER_HELLO, head + body[RANDOM_AT + RANDOM_LENGTH :])


def _hello(flight: Flight, play: Play, ending: Ending, at: str = "ServerHello") -> Fault:
    return Fault(flight, at, play, ending)


_DOWNGRADE = Ending(ProbeFailure.DOWNGRADE_DETECTED, "the server was told that the client knows nothing later than")
_UNSUPPORTED = Ending(ProbeFailure.UNSUPPORTED_VERSION, "which was not offered")

DOWNGRADES: Mapping[str, Fault] = {
    f"{flight.name}:ServerHello:downgrade_sentinel_{sentinel[-1]}": _hello(flight, _random(sentinel), _DOWNGRADE)
    for flight in (TLS12, TLS12_DHE, TLS12_RSA, TLS11, TLS10)
    for sentinel in (b"DOWNGRD\x00", b"DOWNGRD\x01")
}
"""RFC 8446 §4.1.3: somebody on the way made the server choose an older version."""

HELLO_FAULTS: Mapping[str, Fault] = {
    **DOWNGRADES,
    "tls12:ServerHello:version_ssl3": _hello(TLS12, _version(b"\x03\x00"), _UNSUPPORTED),
    "tls12:ServerHello:version_of_the_future": _hello(TLS12, _version(b"\x03\x7f"), _UNSUPPORTED),
    "tls12:ServerHello:version_13_without_extension": _hello(TLS12, _version(b"\x03\x04"), _UNSUPPORTED),
    "tls13:ServerHello:selects_version_12": _hello(
        TLS13,
        _selected(b"\x03\x03"),
        illegal("supported_versions chooses TLS 1.2"),
    ),
    "tls13:ServerHello:selects_version_of_the_future": _hello(TLS13, _selected(b"\x03\x05"), _UNSUPPORTED),
    "tls12:ServerHello:selects_version_13": _hello(
        TLS12, _with(SELECTED_TLS13), illegal("ServerHello has extension 5")
    ),
    "tls13:ServerHello:suite_not_offered": _hello(TLS13, _suite(b"\x13\x7f"), illegal("cipher suite 0x137f")),
    "tls13:ServerHello:suite_of_tls12": _hello(TLS13, _suite(b"\xc0\x2f"), illegal("not offered for TLS 1.3")),
    "tls12:ServerHello:suite_of_tls13": _hello(TLS12, _suite(b"\x13\x01"), illegal("for TLS 1.2")),
    "tls12:ServerHello:suite_null": _hello(TLS12, _suite(b"\x00\x00"), illegal("cipher suite 0x0000")),
    "tls11:ServerHello:suite_of_tls12": _hello(TLS11, _suite(b"\xc0\x2b"), illegal("for TLS 1.1")),
    "tls13:ServerHello:compressed": _hello(TLS13, ways.edited(_compressed), illegal("compression method 1")),
    "tls12:ServerHello:compressed": _hello(TLS12, ways.edited(_compressed), illegal("compression method 1")),
    "tls13:ServerHello:other_session_id": _hello(TLS13, _other_session_id, illegal("does not echo the session id")),
    "tls13:ServerHello:without_extensions": _hello(
        TLS13, ways.edited(lambda body: body[: body.index(SELECTED_TLS13) - 2]), illegal("not offered for TLS 1.2")
    ),
    "tls13:ServerHello:unasked_extension": _hello(TLS13, _with(UNASKED), illegal("ServerHello has extension 16")),
    "tls12:ServerHello:unasked_extension": _hello(TLS12, _with(UNASKED), illegal("ServerHello has extension 16")),
    "tls13:ServerHello:extension_twice": _hello(TLS13, _with(SELECTED_TLS13), illegal("extension 43 came twice")),
    "tls12:ServerHello:extension_twice": _hello(
        TLS12, _with(extension(Extension.EXTENDED_MASTER_SECRET, b"")), illegal("extension 23 came twice")
    ),
    "tls12:ServerHello:renegotiation": _hello(
        TLS12,
        ways.replaced(NOT_RENEGOTIATING, NOT_RENEGOTIATING[:-1] + b"\x01"),
        illegal("renegotiation_info"),
    ),
    "tls12:ServerHello:acknowledgement_with_content": _hello(
        TLS12, _with(extension(Extension.ENCRYPT_THEN_MAC, b"x")), malformed("encrypt_then_mac of ServerHello")
    ),
    "tls13-asking:ServerHello:another_retry": _hello(
        TLS13_ASKING, _retry_for_ever, unexpected("a second HelloRetryRequest")
    ),
    "tls13-asking:ServerHello:suite_changed": _hello(
        TLS13_ASKING, _suite(b"\x13\x03"), illegal("the cipher suite changed after HelloRetryRequest")
    ),
    "tls13-asking:HelloRetryRequest:group_of_the_key_share": _hello(
        TLS13_ASKING,
        ways.replaced(extension(Extension.KEY_SHARE, b"\x00\x17"), extension(Extension.KEY_SHARE, b"\x00\x1d")),
        illegal("asks for group 0x001d"),
        "HelloRetryRequest",
    ),
    "tls13-asking:HelloRetryRequest:changes_nothing": _hello(
        TLS13_ASKING,
        ways.edited(lambda body: body[: body.index(SELECTED_TLS13) - 2] + vector(2, SELECTED_TLS13)),
        illegal("HelloRetryRequest changes nothing"),
        "HelloRetryRequest",
    ),
    "tls13-asking:HelloRetryRequest:long_cookie": _hello(
        TLS13_ASKING,
        _with(extension(Extension.COOKIE, vector(2, bytes(5000)))),
        illegal("a cookie of 5000 bytes"),
        "HelloRetryRequest",
    ),
}
