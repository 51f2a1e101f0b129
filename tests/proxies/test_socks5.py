"""SOCKS5 (RFC 1928, RFC 1929): what is asked, what opens the way, and every kind of refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.proxies import socks5
from tests.proxies.scripts import SECRET, Passed, byte_by_byte, converse, ending_of, every_cut_in_two, refused, whole

GREETING = bytes.fromhex("05 01 00")
GREETING_OF_A_USER = bytes.fromhex("05 02 00 02")
REQUEST = bytes.fromhex("05 01 00 03 0b") + b"www.example" + bytes.fromhex("01bb")
LOG_IN = b"\x01\x06prober\x0bopen sesame"

COME_IN = bytes.fromhex("05 00")
WHO_ARE_YOU = bytes.fromhex("05 02")
KNOWN = bytes.fromhex("01 00")
OPENED = bytes.fromhex("05 00 00 01 7f000001 1f90")

ask = socks5("www.example", 443, None)
ask_as_a_user = socks5("www.example", 443, SECRET)


@pytest.mark.parametrize(
    "bound",
    [
        OPENED,
        bytes.fromhex("05 00 00 04") + bytes(16) + bytes(2),
        bytes.fromhex("05 00 00 03 05") + b"proxy" + bytes(2),
        bytes.fromhex("05 00 00 03 00") + bytes(2),
    ],
    ids=["IPv4", "IPv6", "a name", "an empty name"],
)
@pytest.mark.parametrize("deliver", [whole, byte_by_byte])
def test_a_proxy_opens_the_way_whatever_address_it_connects_from(bound: bytes, deliver: Any) -> None:
    assert converse(ask, deliver(COME_IN + bound)) == Passed(GREETING + REQUEST, b"")


@pytest.mark.parametrize("pieces", every_cut_in_two(WHO_ARE_YOU + KNOWN + OPENED + b"220 mail"))
def test_what_follows_is_the_hosts_wherever_it_is_cut(pieces: list[bytes]) -> None:
    assert converse(ask_as_a_user, pieces) == Passed(GREETING_OF_A_USER + LOG_IN + REQUEST, b"220 mail")


def test_a_user_is_not_named_to_a_proxy_that_does_not_ask() -> None:
    assert converse(ask_as_a_user, whole(COME_IN + OPENED)).said == GREETING_OF_A_USER + REQUEST


def test_an_answer_to_a_log_in_may_have_the_wrong_version() -> None:
    assert converse(ask_as_a_user, whole(WHO_ARE_YOU + b"\x05\x00" + OPENED)).unread == b""


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "01 c0000207"),
        ("2001:db8::1", "04 20010db8000000000000000000000001"),
        ("a", "03 01 61"),
    ],
)
def test_a_host_is_asked_for_by_its_kind_of_address(host: str, address: str) -> None:
    said = converse(socks5(host, 8443, None), whole(COME_IN + OPENED)).said

    assert said == GREETING + bytes.fromhex(f"05 01 00 {address} 20fb")


@pytest.mark.parametrize(
    ("reply", "failure", "meaning"),
    [
        (1, ProbeFailure.PROXY_CONNECT_FAILED, "general failure"),
        (2, ProbeFailure.PROXY_REFUSED, "not allowed by its rules"),
        (3, ProbeFailure.PROXY_CONNECT_FAILED, "network unreachable"),
        (4, ProbeFailure.PROXY_CONNECT_FAILED, "host unreachable"),
        (5, ProbeFailure.PROXY_CONNECT_FAILED, "connection refused"),
        (6, ProbeFailure.PROXY_CONNECT_FAILED, "time to live expired"),
        (7, ProbeFailure.PROXY_REFUSED, "command not supported"),
        (8, ProbeFailure.PROXY_REFUSED, "type of address not supported"),
        (9, ProbeFailure.PROXY_REFUSED, "unassigned"),
        (255, ProbeFailure.PROXY_REFUSED, "unassigned"),
    ],
)
@pytest.mark.parametrize("rest", [b"", bytes.fromhex("00 01 00000000 0000")], ids=["cut short", "in full"])
def test_every_refusal_is_told_by_its_number(reply: int, failure: ProbeFailure, meaning: str, rest: bytes) -> None:
    assert refused(ask, COME_IN + bytes([5, reply]) + rest) == (failure, f"it says {meaning} (reply {reply})")


def test_a_proxy_that_wants_to_know_who_asks() -> None:
    nobody = bytes.fromhex("05 ff")
    assert refused(ask, nobody) == (ProbeFailure.PROXY_AUTHENTICATION, "it lets us in not without authentication")
    assert refused(ask_as_a_user, nobody)[0] is ProbeFailure.PROXY_AUTHENTICATION
    wrong = (ProbeFailure.PROXY_AUTHENTICATION, "it does not take the user and password (1)")
    assert refused(ask_as_a_user, WHO_ARE_YOU + bytes.fromhex("01 01")) == wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no SOCKS5"),
        (b"\x04\x00", r'its answer "\x04'),
        (b"\x15\x03\x01", r'its answer "\x15'),
        (WHO_ARE_YOU, "it chose the authentication 2, which was not offered"),
        (b"\x05\x01", "it chose the authentication 1, which was not offered"),
        (COME_IN + b"\x00\x00", 'its answer "\\x00'),
        (COME_IN + b"\x05\x00\x00\x02", "its reply has an address of the unknown type 2"),
    ],
)
def test_what_is_no_proxy_is_told_at_once(words: bytes, said: str) -> None:
    failure, detail = refused(ask, words)

    assert failure is ProbeFailure.PROXY_MALFORMED
    assert said in detail


@pytest.mark.parametrize("length", range(len(COME_IN + OPENED)))
def test_a_proxy_that_hangs_up_before_its_last_word_opens_nothing(length: int) -> None:
    assert refused(ask, (COME_IN + OPENED)[:length])[0] is ProbeFailure.CONNECTION_CLOSED


def test_a_proxy_that_says_our_password_back_does_not_make_us_show_it() -> None:
    _, detail = refused(ask_as_a_user, WHO_ARE_YOU + KNOWN + b"open sesame, said prober")

    assert "sesam" not in detail


@given(st.binary(max_size=60))
def test_any_bytes_open_the_way_or_are_a_failure_in_print(words: bytes) -> None:
    ending = ending_of(ask_as_a_user, words)

    assert isinstance(ending, Passed) or ending.isprintable()
