"""An OCSP responder on loopback that answers as it is told (RFC 6960 appendix A).

    async with ocsp_responder() as responder:
        leaf = issuer.issue_leaf("www.example", ocsp_urls=[responder.url])
        responder.answer(leaf, issuer, Signed(flaw="expired"))
        await responder.received(1)

It listens before there is a certificate, because the certificate names its address.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from cryptography.x509 import ocsp

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.staples import Status, staple

MALFORMED_REQUEST = der.sequence(der.enumerated(1))
UNAUTHORIZED = der.sequence(der.enumerated(6))
"""The answer for a certificate that the responder is not in charge of (RFC 5019 §2.2.3)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A response made when it is asked for."""

    status: Status = "good"
    flaw: str | None = None
    """Of FLAWS or ODDITIES: also the error statuses, `status_try_later` and so on."""

    signer: Identity | None = None
    """A delegated responder; None for the issuer itself."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Any body under any HTTP status."""

    body: bytes
    http_status: int = 200
    content_type: str = "application/ocsp-response"


@dataclass(frozen=True, slots=True)
class Hanging:
    """No answer before `release` is called, or the responder closes."""

    then: Signed | Verbatim = field(default_factory=Signed)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._released.set()

    async def wait(self) -> None:
        await self._released.wait()


Answer = Signed | Verbatim | Hanging


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    method: str
    serial_number: int
    cert_id_hash: str
    """As `cryptography` names it: sha1."""


@dataclass(frozen=True, slots=True)
class _Certificate:
    leaf: Identity
    issuer: Authority
    answer: Answer


class Responder:
    """What an open responder answers, and what it was asked."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.sent: list[bytes] = []
        """The bodies of the answers to them."""

        self._clock = clock
        self._certificates: dict[int, _Certificate] = {}
        self._changed = asyncio.Condition()

    def answer(self, leaf: Identity, issuer: Authority, answer: Answer | None = None) -> None:
        """From now on answer so for this leaf: with a good response, unless told otherwise."""
        self._certificates[leaf.certificate.serial_number] = _Certificate(leaf, issuer, answer or Signed())

    async def received(self, count: int) -> None:
        """Wait until `count` requests have come in since the responder opened."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)

    def release_all(self) -> None:
        for certificate in self._certificates.values():
            if isinstance(certificate.answer, Hanging):
                certificate.answer.release()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one HTTP request."""
        try:
            asked = ocsp.load_der_ocsp_request(await _request_bytes(request))
        except ValueError:
            return _response(Verbatim(MALFORMED_REQUEST))
        await self._note(Request(request.method, asked.serial_number, asked.hash_algorithm.name))
        certificate = self._certificates.get(asked.serial_number)
        if certificate is None:
            return _response(Verbatim(UNAUTHORIZED))
        answer = await self._resolve(certificate, certificate.answer)
        self.sent.append(answer.body)
        return _response(answer)

    async def _note(self, request: Request) -> None:
        async with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    async def _resolve(self, certificate: _Certificate, answer: Answer) -> Verbatim:
        match answer:
            case Verbatim():
                return answer
            case Hanging():
                await answer.wait()
                return await self._resolve(certificate, answer.then)
            case Signed(status, flaw, signer):
                leaf, issuer = certificate.leaf, certificate.issuer
                return Verbatim(staple(leaf, issuer, now=self._clock(), responder=signer, status=status, flaw=flaw))


@asynccontextmanager
async def ocsp_responder(
    clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, port: int = 0
) -> AsyncIterator[Responder]:
    """Listen on 127.0.0.1 until the context ends; port 0 lets the kernel choose."""
    responder = Responder(clock)
    application = web.Application()
    application.router.add_post("/", responder.handle)
    application.router.add_get("/{request:.*}", responder.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        responder.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield responder
    finally:
        responder.release_all()
        await runner.cleanup()


async def _request_bytes(request: web.Request) -> bytes:
    """The OCSPRequest in DER: the body of a POST, the path of a GET (RFC 6960 §A.1)."""
    if request.method == "POST":
        return await request.read()
    try:
        return base64.b64decode(request.match_info["request"].lstrip("/"), validate=True)
    except binascii.Error as error:
        raise ValueError("the path is no base64") from error


def _response(answer: Verbatim) -> web.Response:
    return web.Response(body=answer.body, status=answer.http_status, content_type=answer.content_type)
