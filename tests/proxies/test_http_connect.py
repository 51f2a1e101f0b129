"""CONNECT (RFC 9110 §9.3.6): what is asked, what opens the way, and every kind of refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.dialogue import LARGEST_DIALOGUE, LONGEST_LINE, DialogueError
from ocsp_staple_exporter.model import Credentials, ProbeFailure
from ocsp_staple_exporter.proxies import http_connect
from ocsp_staple_exporter.proxies.http_connect import MOST_FIELDS
from tests.proxies.scripts import SECRET, Passed, byte_by_byte, converse, ending_of, every_cut_in_two, refused, whole

ASKED = b"CONNECT www.example:443 HTTP/1.1\r\nHost: www.example:443\r\nUser-Agent: ocsp-staple-exporter\r\n\r\n"
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

ask = http_connect("www.example", 443, None)
ask_as_a_user = http_connect("www.example", 443, SECRET)


@pytest.mark.parametrize(
    "answer",
    [
        OPENED,
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/1.1 200 \r\n\r\n",
        b"HTTP/1.1 299 Whatever\nVia: 1.1 a\n\n",
        b"HTTP/1.1 200 OK\r\nVia: 1.1 a,\r\n 1.1 b\r\nX-Empty:\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OPENED,
    ],
)
@pytest.mark.parametrize("deliver", [whole, byte_by_byte])
def test_a_successful_answer_opens_the_way(answer: bytes, deliver: Any) -> None:
    assert converse(ask, deliver(answer)) == Passed(ASKED, b"")


@pytest.mark.parametrize("pieces", every_cut_in_two(OPENED + b"220 mail"))
def test_what_follows_the_answer_is_the_hosts_wherever_it_is_cut(pieces: list[bytes]) -> None:
    assert converse(ask, pieces) == Passed(ASKED, b"220 mail")


@pytest.mark.parametrize("field", [b"Content-Length: 8", b"Transfer-Encoding: chunked"])
def test_a_successful_answer_has_no_content_whatever_it_says(field: bytes) -> None:
    """RFC 9110 §9.3.6: a client must ignore these fields."""
    passed = converse(ask, whole(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n220 mail"))

    assert passed.unread == b"220 mail"


def test_an_ipv6_address_stands_in_brackets() -> None:
    passed = converse(http_connect("2001:db8::1", 8443, None), whole(OPENED))

    assert passed.said.startswith(b"CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n")


def test_user_and_password_are_sent_where_there_are_any() -> None:
    basic = b"Proxy-Authorization: Basic cHJvYmVyOm9wZW4gc2VzYW1l\r\n"

    assert basic in converse(ask_as_a_user, whole(OPENED)).said
    assert b"Authorization" not in converse(ask, whole(OPENED)).said


def test_a_password_beyond_ascii_is_sent_in_utf_8() -> None:
    """RFC 7617 §2.1."""
    passed = converse(http_connect("a", 1, Credentials("test", "123£")), whole(OPENED))

    assert b"Basic dGVzdDoxMjPCow==" in passed.said


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (b"403 Forbidden", ProbeFailure.PROXY_REFUSED),
        (b"302 Found", ProbeFailure.PROXY_REFUSED),
        (b"400 Bad Request", ProbeFailure.PROXY_REFUSED),
        (b"405 Method Not Allowed", ProbeFailure.PROXY_REFUSED),
        (b"429 Too Many Requests", ProbeFailure.PROXY_REFUSED),
        (b"501 Not Implemented", ProbeFailure.PROXY_REFUSED),
        (b"101 Switching Protocols", ProbeFailure.PROXY_REFUSED),
        (b"500 Unable to connect", ProbeFailure.PROXY_CONNECT_FAILED),
        (b"502 Bad Gateway", ProbeFailure.PROXY_CONNECT_FAILED),
        (b"503 Service Unavailable", ProbeFailure.PROXY_CONNECT_FAILED),
        (b"504 Gateway Timeout", ProbeFailure.PROXY_CONNECT_FAILED),
    ],
)
def test_a_refusal_is_told_from_a_host_that_the_proxy_did_not_reach(status: bytes, failure: ProbeFailure) -> None:
    assert refused(ask, b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n") == (
        failure,
        f"it says {status.decode()}",
    )


@pytest.mark.parametrize(
    ("challenge", "as_a_stranger", "as_a_user"),
    [
        (b"Basic realm=x", "it asks for a user and a password", "it does not take the user and password"),
        (b'Digest realm="a, b", basic realm=x', "it asks for a user and", "it does not take the user"),
        (b"Digest realm=x", "it asks for Digest, and only Basic", "it asks for Digest, and only Basic"),
        (b"Negotiate, NTLM", "it asks for Negotiate, NTLM, and", "it asks for Negotiate, NTLM, and"),
        (b"", "it asks for a user and a password", "it does not take the user and password"),
    ],
)
def test_a_proxy_that_wants_to_know_who_asks(challenge: bytes, as_a_stranger: str, as_a_user: str) -> None:
    answer = b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: " + challenge + b"\r\n\r\n"

    for asking, said in ((ask, as_a_stranger), (ask_as_a_user, as_a_user)):
        failure, detail = refused(asking, answer)
        assert failure is ProbeFailure.PROXY_AUTHENTICATION
        assert detail.startswith(f"it says 407 Who?: {said}")


def test_a_proxy_that_takes_itself_for_a_server_wants_to_know_too() -> None:
    """tinyproxy answers 401 to a wrong password."""
    wrong = (ProbeFailure.PROXY_AUTHENTICATION, "it says 401 Unauthorized: it does not take the user and password")

    assert refused(ask_as_a_user, b"HTTP/1.1 401 Unauthorized\r\n\r\n") == wrong


def test_two_challenges_are_one_list() -> None:
    answer = b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Basic realm=x\r\n\r\n"

    assert refused(ask, answer)[1].endswith("it asks for a user and a password")


def test_what_a_proxy_says_of_its_refusal_is_quoted_and_bounded() -> None:
    answer = (
        b"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: edge; error=dns_error\r\nContent-Type: text/plain\r\n\r\n"
        b"no such\r\nhost \x1b[31m" + b"x" * 5000
    )

    with pytest.raises(DialogueError) as error:
        converse(ask, whole(answer))

    assert error.value.detail.startswith(r'it says 502 Bad Gateway, "edge; error=dns_error", "no such host \x1b[31mxxx')
    assert len(error.value.detail) < 400


def test_a_page_is_not_quoted() -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>no</html>"

    assert refused(ask, answer)[1] == "it says 403 Forbidden"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"220 mail.example ESMTP\r\n", '"220 mail.example ESMTP'),
        (b"\x05\xff", r'"\x05\udcff" is no HTTP/1.1'),
        (b"\x15\x03\x01\x00\x02\x02\x46", "it answers in TLS, as a proxy with an https:// URL does"),
        (b"\x16\x03\x03", "it answers in TLS"),
        (b"HTTP/2 200\r\n\r\n", '"HTTP/2 200'),
        (b"HTTP/1.1 2000 OK\r\n\r\n", '"HTTP/1.1 2000 OK" is no status line'),
        (b"HTTP/1.1 099 OK\r\n\r\n", "is no status line"),
        (b"HTTP/1.1 \xff\xff\xff\r\n\r\n", "is no status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", '"no colon" is no header field'),
        (b"HTTP/1.1 200 OK\r\nna me: x\r\n\r\n", '"na me: x" is no header field'),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * (MOST_FIELDS + 1), f"more than {MOST_FIELDS} header fields"),
    ],
)
def test_what_is_no_proxy_is_told_at_once(answer: bytes, said: str) -> None:
    failure, detail = refused(ask, answer)

    assert failure is ProbeFailure.PROXY_MALFORMED
    assert said in detail


def test_as_many_header_fields_as_permitted_are_read() -> None:
    converse(ask, whole(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * MOST_FIELDS + b"\r\n"))


def test_a_line_without_end_and_interim_answers_without_end_are_too_much() -> None:
    def endlessly(words: bytes) -> Iterator[bytes]:
        while True:
            yield words

    for words in (b"HTTP/1.1 " + b"x" * LONGEST_LINE, b"HTTP/1.1 100 Continue\r\n\r\n" * (LARGEST_DIALOGUE // 20)):
        with pytest.raises(DialogueError) as error:
            converse(ask, endlessly(words))
        assert error.value.reason is ProbeFailure.TOO_MUCH_DATA


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Basic cHJvYmVyOm9wZW4gc2VzYW1l is wrong\r\n\r\n",
        b"HTTP/1.1 403 the password is open sesame!\r\n\r\n",
        b"HTTP/1.1 403 no\r\nProxy-Status: Basic cHJvYmVyOm9wZW4gc2VzYW1l\r\n\r\n",
        b"HTTP/1.1 403 no\r\nContent-Type: text/plain\r\n\r\nBasic cHJvYmVyOm9wZW4gc2Vz",
        b"HTTP/1.1 407 no\r\nProxy-Authenticate: open sesame\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBasic cHJvYmVyOm9wZW4gc2VzYW1l\r\n\r\n",
        b"open sesame\r\n",
    ],
)
def test_a_proxy_that_says_our_password_back_does_not_make_us_show_it(answer: bytes) -> None:
    _, detail = refused(ask_as_a_user, answer)

    assert "sesam" not in detail
    assert "cHJvYm" not in detail


@given(st.binary(max_size=200))
def test_any_bytes_open_the_way_or_are_a_failure_in_print(words: bytes) -> None:
    ending = ending_of(ask_as_a_user, b"HTTP/1.1 " + words)

    assert isinstance(ending, Passed) or ending.isprintable()
