"""What the RFCs say about hellos and their extensions: each rule that a server can break, broken once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls import EVERY_VERSION, ClientHandshake
from ocsp_staple_exporter.tls.clienthello import HANDSHAKES_PER_KEY, make_offer
from ocsp_staple_exporter.tls.groups import GROUPS, SECP256R1, X25519, Group
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.wire import extension, vector
from tests.tls.tls_faults import RETRY, SHOWN, V12, V13, appended, constant, edited, read, reason
from tests.tls_versions import MODERN


def test_without_a_fault_every_handshake_is_read() -> None:
    for version in (*MODERN, None):
        for terms in (
            Terms(),
            Terms(cookie=b"biscuit"),
            Terms(groups=(SECP256R1,)),
            Terms(extended_master_secret=False),
        ):
            assert read(version, {}, terms).staple == SHOWN.staple


# ---------------------------------------------------------------- versions


def test_a_server_that_knows_tls13_and_answers_in_tls12_was_deceived() -> None:
    """RFC 8446 §4.1.3: only a client that offered TLS 1.3 looks for the sentinel."""
    sentinel = {"server_random": lambda _self: bytes(24) + b"DOWNGRD\x01"}
    only_tls12 = Terms(versions=frozenset({V12}))
    assert reason(None, sentinel, terms=only_tls12) is ProbeFailure.DOWNGRADE_DETECTED
    assert read(None, {}, terms=only_tls12).tls_version is V12
    assert read(V12, sentinel, terms=only_tls12).tls_version is V12


@pytest.mark.parametrize("number", ["0300", "0301", "0302", "0304", "7f1c"])
def test_a_version_that_was_not_offered_is_named(number: str) -> None:
    other = edited("server_hello", b"\x03\x03", bytes.fromhex(number), TLS12Flights)
    assert reason(V12, other) is ProbeFailure.UNSUPPORTED_VERSION


def test_tls12_is_unsupported_where_only_tls13_was_offered() -> None:
    hello = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2b" + b"\x00"
    client = ClientHandshake("leaf.test", frozenset({V13}))
    message = b"\x02" + vector(3, hello)
    with pytest.raises(HandshakeError, match=r"chose TLS 1\.2, which was not offered") as caught:
        client.receive(b"\x16\x03\x03" + vector(2, message))
    assert caught.value.reason is ProbeFailure.UNSUPPORTED_VERSION


SUPPORTED_VERSIONS = b"\x00\x2b\x00\x02\x03\x04"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SUPPORTED_VERSIONS, b"\x00\x2b\x00\x02\x03\x03"),
        (b"\x03\x03", b"\x03\x04"),
        (b"\x13\x01\x00", b"\xc0\x2b\x00"),
        (b"\x13\x01\x00", b"\x13\x04\x00"),
        (b"\x13\x01\x00", b"\x13\x01\x01"),
        (b"\x00\x1d\x00\x20", b"\x00\x17\x00\x20"),
    ],
    ids=["old version", "legacy version", "suite of TLS 1.2", "suite not offered", "compression", "group"],
)
def test_a_tls13_server_hello_keeps_to_the_offer(old: bytes, new: bytes) -> None:
    assert reason(V13, edited("server_hello", old, new)) is ProbeFailure.ILLEGAL_PARAMETER


def test_an_answer_to_supported_versions_needs_the_question() -> None:
    answer = appended("hello_extensions", SUPPORTED_VERSIONS, TLS12Flights)
    assert reason(V12, answer) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_tls13_server_hello_has_a_key_share() -> None:
    def server_hello(self: TLS13Flights, group: Group, public: bytes) -> bytes:
        body = TLS13Flights.server_hello(self, group, public)
        return body[: body.index(SUPPORTED_VERSIONS) - 2] + vector(2, SUPPORTED_VERSIONS)

    assert reason(V13, {"server_hello": server_hello}) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_later_version_is_unsupported() -> None:
    later = edited("server_hello", SUPPORTED_VERSIONS, b"\x00\x2b\x00\x02\x03\x05")
    assert reason(V13, later) is ProbeFailure.UNSUPPORTED_VERSION


def test_the_session_id_is_echoed_in_tls13() -> None:
    def server_hello(self: TLS13Flights, group: Group, public: bytes) -> bytes:
        self.hello = replace(self.hello, session_id=bytes(32))
        return TLS13Flights.server_hello(self, group, public)

    assert reason(V13, {"server_hello": server_hello}) is ProbeFailure.ILLEGAL_PARAMETER


@pytest.mark.parametrize("cipher_suite", [b"\xc0\x2c", b"\xc0\x2f", b"\x13\x01", b"\x00\x18"])
def test_a_tls12_suite_is_one_that_was_offered_and_fits_the_key(cipher_suite: bytes) -> None:
    other = edited("server_hello", b"\xc0\x2b\x00", cipher_suite + b"\x00", TLS12Flights)
    expected = ProbeFailure.ALERT_RECEIVED if cipher_suite == b"\xc0\x2c" else ProbeFailure.ILLEGAL_PARAMETER
    assert reason(V12, other) is expected


# ---------------------------------------------------------------- HelloRetryRequest, RFC 8446 §4.1.4


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_a_retry_is_followed_into_every_group(group: Group) -> None:
    for version in MODERN:
        assert read(version, {}, Terms(groups=(group,))).group == group.name


@pytest.mark.parametrize("asked", [X25519.code, 0x11EC])
def test_a_retry_asks_for_another_offered_group(asked: int) -> None:
    other = edited("hello_retry_request", b"\x00\x33\x00\x02\x00\x17", b"\x00\x33\x00\x02" + asked.to_bytes(2))
    assert reason(V13, other, terms=RETRY) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_retry_changes_something() -> None:
    same = edited(
        "hello_retry_request",
        b"\x00\x0c" + SUPPORTED_VERSIONS + b"\x00\x33\x00\x02\x00\x17",
        b"\x00\x06" + SUPPORTED_VERSIONS,
    )
    assert reason(V13, same, terms=RETRY) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_second_retry_is_refused() -> None:
    again = {"server_hello": lambda self, group, _public: self.hello_retry_request(group)}
    assert reason(V13, again, terms=RETRY) is ProbeFailure.UNEXPECTED_MESSAGE


def test_the_suite_stays_after_a_retry() -> None:
    changed = edited("server_hello", b"\x13\x01\x00", b"\x13\x03\x00")
    assert reason(V13, changed, terms=RETRY) is ProbeFailure.ILLEGAL_PARAMETER


def test_the_version_stays_after_a_retry() -> None:
    changed = edited("server_hello", SUPPORTED_VERSIONS, b"\x00\x00\x00\x02\x03\x04")
    assert reason(V13, changed, terms=RETRY) is ProbeFailure.ILLEGAL_PARAMETER


def test_an_empty_cookie_is_malformed() -> None:
    assert reason(V13, {}, terms=Terms(cookie=b"")) is ProbeFailure.MALFORMED_MESSAGE


# ---------------------------------------------------------------- extensions


EXTRA = extension(0x5555, b"")


@pytest.mark.parametrize(
    "content", [EXTRA, extension(Extension.KEY_SHARE, b""), extension(Extension.STATUS_REQUEST, b"")]
)
def test_encrypted_extensions_hold_only_what_belongs_there(content: bytes) -> None:
    assert reason(V13, constant("encrypted_extensions", vector(2, content))) is ProbeFailure.ILLEGAL_PARAMETER


def test_what_belongs_into_encrypted_extensions_is_taken() -> None:
    content = extension(Extension.SERVER_NAME, b"") + extension(Extension.SUPPORTED_GROUPS, b"\x00\x02\x00\x17")
    assert read(V13, constant("encrypted_extensions", vector(2, content))).tls_version is V13


def test_an_extension_that_comes_twice_is_refused() -> None:
    twice = vector(2, extension(Extension.SERVER_NAME, b"") * 2)
    assert reason(V13, constant("encrypted_extensions", twice)) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_certificate_entry_carries_no_other_extension_than_the_staple() -> None:
    assert reason(V13, constant("certificate_extensions", EXTRA)) is ProbeFailure.ILLEGAL_PARAMETER


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (EXTRA, ProbeFailure.ILLEGAL_PARAMETER),
        (extension(Extension.SUPPORTED_GROUPS, b"\x00\x02\x00\x17"), None),
        (extension(Extension.SERVER_NAME, b""), None),
        (extension(Extension.EC_POINT_FORMATS, b"\x01\x00"), None),
    ],
)
def test_a_tls12_server_hello_answers_only_what_was_asked(more: bytes, expected: ProbeFailure | None) -> None:
    overrides = appended("hello_extensions", more, TLS12Flights)
    if expected is None:
        assert read(V12, overrides).tls_version is V12
    else:
        assert reason(V12, overrides) is expected


def test_a_tls12_server_hello_may_have_no_extensions_at_all() -> None:
    overrides = edited("server_hello", b"\x00" + vector(2, b""), b"\x00", TLS12Flights) | {
        "hello_extensions": lambda _self: b"",
        "extends_master_secret": False,
        "staples": False,
    }
    assert read(V12, overrides).staples == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            extension(Extension.RENEGOTIATION_INFO, b"\x00"),
            extension(Extension.RENEGOTIATION_INFO, b"\x01"),
            ProbeFailure.ILLEGAL_PARAMETER,
        ),
        (extension(Extension.EXTENDED_MASTER_SECRET, b""), EXTRA[:2] + b"\x00\x00", ProbeFailure.ILLEGAL_PARAMETER),
        (
            extension(Extension.RENEGOTIATION_INFO, b"\x00"),
            extension(Extension.STATUS_REQUEST, b"\x01"),
            ProbeFailure.ILLEGAL_PARAMETER,
        ),
    ],
    ids=["renegotiation", "unknown", "twice"],
)
def test_tls12_extensions_have_the_content_of_a_first_handshake(old: bytes, new: bytes, expected: ProbeFailure) -> None:
    assert reason(V12, edited("hello_extensions", old, new, TLS12Flights)) is expected


def test_an_acknowledgement_is_empty() -> None:
    full = appended("hello_extensions", extension(Extension.EXTENDED_MASTER_SECRET, b"x"), TLS12Flights)
    overrides = full | {"extends_master_secret": False}
    assert reason(V12, overrides) is ProbeFailure.MALFORMED_MESSAGE


def test_hellos_share_a_key_for_a_while_and_never_their_randoms() -> None:
    offers = [make_offer("a.test", EVERY_VERSION) for _ in range(3 * HANDSHAKES_PER_KEY)]
    keys = Counter(offer.key.public for offer in offers)
    assert 3 <= len(keys) <= 4
    assert max(keys.values()) == HANDSHAKES_PER_KEY
    assert len({offer.random for offer in offers}) == len({offer.session_id for offer in offers}) == len(offers)
