from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote

import aiohttp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from yarl import URL

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.responder import Hanging, Request, Responder, Signed, Verbatim, ocsp_responder

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA1 = hashes.SHA1()  # noqa: S303 - what servers ask with (RFC 5019 §2.1.1)


@pytest.fixture(scope="module")
def issuer() -> Authority:
    return Authority.root(now=NOW).issue_authority()


@pytest.fixture(scope="module")
def leaf(issuer: Authority) -> Identity:
    return issuer.issue_leaf("www.example")


@pytest.fixture
async def responder(issuer: Authority, leaf: Identity) -> AsyncIterator[Responder]:
    async with ocsp_responder(lambda: NOW) as opened:
        opened.answer(leaf, issuer)
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


def request_der(leaf: Identity, issuer: Authority, algorithm: hashes.SHA1 | hashes.SHA256 = SHA1) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf.certificate, issuer.certificate, algorithm)
    return builder.build().public_bytes(Encoding.DER)


async def post(http: aiohttp.ClientSession, responder: Responder, body: bytes) -> ocsp.OCSPResponse:
    headers = {"Content-Type": "application/ocsp-request"}
    async with http.post(responder.url, data=body, headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "application/ocsp-response"
        return ocsp.load_der_ocsp_response(await response.read())


async def test_a_post_is_answered(
    http: aiohttp.ClientSession, responder: Responder, leaf: Identity, issuer: Authority
) -> None:
    answer = await post(http, responder, request_der(leaf, issuer, hashes.SHA256()))

    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == leaf.certificate.serial_number
    assert responder.requests == [Request("POST", leaf.certificate.serial_number, "sha256")]


@pytest.mark.parametrize("safe", ["", "/+="])
async def test_a_get_is_answered_escaped_or_not(
    safe: str, http: aiohttp.ClientSession, responder: Responder, issuer: Authority
) -> None:
    leaf = leaf_with_a_slash_in_its_request(issuer)
    responder.answer(leaf, issuer)
    path = quote(base64.b64encode(request_der(leaf, issuer)), safe=safe)

    async with http.get(URL(responder.url + path, encoded=True)) as response:
        answer = ocsp.load_der_ocsp_response(await response.read())

    assert answer.serial_number == leaf.certificate.serial_number
    assert responder.requests[0].method == "GET"


def leaf_with_a_slash_in_its_request(issuer: Authority) -> Identity:
    while True:
        leaf = issuer.issue_leaf("www.example")
        if b"/" in base64.b64encode(request_der(leaf, issuer)):
            return leaf


async def test_an_answer_can_be_switched(
    http: aiohttp.ClientSession, responder: Responder, leaf: Identity, issuer: Authority
) -> None:
    asked = request_der(leaf, issuer)
    responder.answer(leaf, issuer, Signed("revoked"))
    assert (await post(http, responder, asked)).certificate_status is ocsp.OCSPCertStatus.REVOKED
    responder.answer(leaf, issuer, Signed("unknown", signer=issuer.issue_responder()))
    unknown = await post(http, responder, asked)
    assert (unknown.certificate_status, len(unknown.certificates)) == (ocsp.OCSPCertStatus.UNKNOWN, 1)
    responder.answer(leaf, issuer, Signed(flaw="status_try_later"))
    assert (await post(http, responder, asked)).response_status is ocsp.OCSPResponseStatus.TRY_LATER


async def test_raw_bytes_come_back_verbatim(
    http: aiohttp.ClientSession, responder: Responder, leaf: Identity, issuer: Authority
) -> None:
    responder.answer(leaf, issuer, Verbatim(b"<h1>Gone</h1>", 503, "text/html"))

    async with http.post(responder.url, data=request_der(leaf, issuer)) as response:
        assert (response.status, response.content_type) == (503, "text/html")
        assert await response.read() == b"<h1>Gone</h1>"


async def test_another_certificate_is_not_the_responders_business(
    http: aiohttp.ClientSession, responder: Responder, issuer: Authority
) -> None:
    answer = await post(http, responder, request_der(issuer.issue_leaf("other.example"), issuer))

    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


async def test_nonsense_is_a_malformed_request_and_not_counted(
    http: aiohttp.ClientSession, responder: Responder
) -> None:
    assert (await post(http, responder, b"nonsense")).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    async with http.get(responder.url + "nonsense") as response:
        answer = ocsp.load_der_ocsp_response(await response.read())

    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert responder.requests == []


async def test_a_hanging_answer_waits_for_its_release(
    http: aiohttp.ClientSession, responder: Responder, leaf: Identity, issuer: Authority
) -> None:
    hanging = Hanging(then=Signed("revoked"))
    responder.answer(leaf, issuer, hanging)
    asking = asyncio.ensure_future(post(http, responder, request_der(leaf, issuer)))
    await responder.received(1)
    assert not asking.done()

    hanging.release()

    assert (await asking).certificate_status is ocsp.OCSPCertStatus.REVOKED


async def test_closing_releases_what_hangs(http: aiohttp.ClientSession, leaf: Identity, issuer: Authority) -> None:
    async with asyncio.timeout(5):
        async with ocsp_responder(lambda: NOW) as responder:
            responder.answer(leaf, issuer, Hanging())
            asking = asyncio.ensure_future(post(http, responder, request_der(leaf, issuer)))
            await responder.received(1)
        await asyncio.gather(asking, return_exceptions=True)


async def test_waiting_for_requests_that_have_come_already_returns_at_once(
    http: aiohttp.ClientSession, responder: Responder, leaf: Identity, issuer: Authority
) -> None:
    await post(http, responder, request_der(leaf, issuer))
    async with asyncio.timeout(5):
        await responder.received(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await responder.received(2)
