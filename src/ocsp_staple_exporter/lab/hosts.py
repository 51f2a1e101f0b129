"""The hosts of the laboratory: every state that a stapling server gets into, side by side on loopback.

    async with laboratory(now) as lab:
        lab.endpoints    # to be probed: one port, told apart by SNI, and one where nobody listens

Each host has a certificate of its own from one throw-away CA. Staples are made anew every
few minutes, so that a host stays in its state for as long as the laboratory is open.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import Validity
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import Status, staple
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import Endpoint, Module, Target, expand

RENEWED_EVERY = timedelta(minutes=5)
"""How long one staple is served; within that time its bytes do not change."""

OCSP_URL = "http://ocsp.lab.test/"
"""Named by the leaves, so that a staple is due. Nobody fetches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host and the state that it is in."""

    name: str
    """The server name (SNI) that it answers to."""

    story: str
    """What is so, in an administrator's words."""

    key_type: KeyType = "ecdsa"
    ocsp_urls: tuple[str, ...] = (OCSP_URL,)
    must_staple: bool = False
    staples: bool = True
    delegated: bool = False
    """A responder's certificate signs, not the CA itself."""

    status: Status = "good"
    flaw: str | None = None
    """Of `lab.flaws.FLAWS`."""

    age: timedelta = timedelta(hours=12)
    left: timedelta = timedelta(days=3, hours=12)


HOSTS = (
    Host(name="healthy-ecdsa.test", story="all is well, on an ECDSA certificate"),
    Host(name="healthy-rsa.test", story="all is well, on an RSA certificate", key_type="rsa"),
    Host(name="delegated.test", story="all is well: a responder that the CA authorised signs", delegated=True),
    Host(
        name="expiring-soon.test",
        story="the server stopped refreshing its staple",
        age=timedelta(days=3, hours=23),
        left=timedelta(minutes=50),
    ),
    Host(
        name="stale.test",
        story="a load balancer serves last week's file",
        age=timedelta(days=7),
        left=-timedelta(days=3),
    ),
    Host(name="revoked.test", story="the CA revoked the certificate", status="revoked"),
    Host(name="unknown.test", story="the CA does not know the certificate", status="unknown"),
    Host(name="no-staple.test", story="a staple is due and none comes", staples=False),
    Host(
        name="must-staple.test",
        story="Firefox locks visitors out",
        must_staple=True,
        staples=False,
    ),
    Host(name="try-later.test", story="Apache cannot reach the responder", flaw="status_try_later"),
    Host(name="bad-signature.test", story="a bit of the staple flipped on its way", flaw="signature_invalid"),
    Host(
        name="renewed.test",
        story="the staple of the certificate before its renewal",
        flaw="certid_serial_mismatch",
    ),
    Host(
        name="stranger.test",
        story='not the CA signed it: "revoked" is not believed',
        status="revoked",
        flaw="responder_not_issued_by_ca",
    ),
    Host(
        name="no-ocsp-url.test",
        story="all is well: without OCSP no staple is due",
        ocsp_urls=(),
        staples=False,
    ),
)

CLOSED_HOST = Host(name="closed-port.test", story="nobody listens there", staples=False)


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Hosts that are open on loopback."""

    root: Authority
    port: int
    closed_port: int
    module: Module = field(default_factory=Module)

    @property
    def targets(self) -> tuple[Target, ...]:
        open_hosts = [self._target(host, self.port) for host in HOSTS]
        return (*open_hosts, self._target(CLOSED_HOST, self.closed_port))

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(endpoint for target in self.targets for endpoint in expand(target))

    def _target(self, host: Host, port: int) -> Target:
        return Target(name=host.name, host="127.0.0.1", port=port, server_name=host.name, module=self.module)


@asynccontextmanager
async def laboratory(
    now: Callable[[], datetime],
    *,
    interval: timedelta = timedelta(seconds=5),
) -> AsyncIterator[Laboratory]:
    """Open all hosts on one port of 127.0.0.1, and keep one port closed, until the context ends."""
    root = Authority.root(now=now())
    workshop = _Workshop(root)
    with closing(socket.socket()) as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound and never listening: connections to it are refused
        module = Module(
            name="lab",
            interval=interval,
            timeout=min(interval, timedelta(seconds=5)),
            trust_anchors=(root.der,),
            staple_retries=0,  # these hosts never warm up
        )
        async with serve(lambda: ServerHandshake(lambda name: workshop.credential(name, now()))) as port:
            yield Laboratory(root, port, reserved.getsockname()[1], module)


class _Workshop:
    """Issues the certificates once and the staples again and again."""

    def __init__(self, root: Authority) -> None:
        self._issuer = root.issue_authority()
        self._responder = self._issuer.issue_responder()
        self._leaves = {host.name: self._issue(host, root.now) for host in HOSTS}
        self._hosts = {host.name: host for host in HOSTS}
        self._credential = lru_cache(maxsize=4 * len(HOSTS))(self._make_credential)

    def credential(self, server_name: str | None, now: datetime) -> Credential:
        """What the named host shows at the time `now`; for an unknown name what the first one shows."""
        name = server_name if server_name in self._hosts else HOSTS[0].name
        return self._credential(name, _begin_of_period(now))

    def _issue(self, host: Host, now: datetime) -> Identity:
        return self._issuer.issue_leaf(
            host.name,
            key=generate_key(host.key_type),
            ocsp_urls=host.ocsp_urls,
            must_staple=host.must_staple,
            validity=Validity.around(now, before=timedelta(days=30), after=timedelta(days=60)),
        )

    def _make_credential(self, name: str, period: datetime) -> Credential:
        host, leaf = self._hosts[name], self._leaves[name]
        return Credential(chain=leaf.chain, key=leaf.key, staple=self._make_staple(host, leaf, period))

    def _make_staple(self, host: Host, leaf: Identity, period: datetime) -> bytes | None:
        if not host.staples:
            return None
        return staple(
            leaf,
            self._issuer,
            now=period,
            responder=self._responder if host.delegated else None,
            status=host.status,
            flaw=host.flaw,
            this_update=period - host.age,
            next_update=period + host.left,
        )


def _begin_of_period(now: datetime) -> datetime:
    return datetime.fromtimestamp(
        now.timestamp() // RENEWED_EVERY.total_seconds() * RENEWED_EVERY.total_seconds(), now.tzinfo
    )
