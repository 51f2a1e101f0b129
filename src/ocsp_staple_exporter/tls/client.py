"""A TLS client that reads one handshake and says goodbye.

Theory of operation. There is no socket here: bytes come in through `receive`, and what it
returns is to be sent. The way in has three floors:

  records.py   bytes -> records -> (protection.py takes off the keys) -> handshake messages
  client.py    sends every message into a flow, the handshake as a generator
  tls13.py     the flow after ServerHello, in the order in which RFC 8446 §2 draws it;
  tls12.py     the same for RFC 5246 §7.3 and what came before it

A flow opens each message with messages.py, which turns bytes into a value or raises. It
settles keys with keyschedule.py, and hands them to the record layer at the message where
they change. Nothing is trusted before it is authenticated: the signature of the leaf's key
covers fresh randomness of ours (signatures.py), and Finished covers every message. Where it
does not come to a Finished, `Handshake.conclusion` says so: a TLS 1.2 server turns away a client
without a certificate, and of TLS 1.0 and 1.1, and of suites without an AEAD, the client reads
the plaintext flight only. Whether the chain leads anywhere, and what the staple is worth, is
judged elsewhere.

The client is polite: it completes the handshake or takes its leave, and sends close_notify, so
that a server has nothing to log. It has no secrets, keeps nothing and never resumes. It takes a bounded
number of bytes, and whatever they are, it ends in a `Handshake` or in one `HandshakeError`;
any other exception is a bug.
"""

from __future__ import annotations

from ocsp_staple_exporter.model import Handshake, HandshakeError, KeyType, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import tls12, tls13
from ocsp_staple_exporter.tls.alerts import ALERT_OWED, AlertLevel
from ocsp_staple_exporter.tls.clienthello import CURVES, EVERY_VERSION, VERSION_NUMBERS, Offer, make_offer
from ocsp_staple_exporter.tls.flow import Flow
from ocsp_staple_exporter.tls.groups import Group
from ocsp_staple_exporter.tls.messages import Extension, ServerHello, illegal, parse_server_hello, parse_uint16
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message

VERSIONS = {number: version for version, number in VERSION_NUMBERS.items()}

FIRST_RECORD_VERSION = b"\x03\x01"
"""legacy_record_version of an initial ClientHello (RFC 8446 §5.1)."""

VERSION_NAMES = {
    0x0002: "SSL 2.0",
    0x0300: "SSL 3.0",
    **{number: f"TLS {version.value}" for version, number in VERSION_NUMBERS.items()},
}

HELLO_REQUEST = handshake_message(HandshakeType.HELLO_REQUEST, b"")
"""A server before TLS 1.3 may say it at any time; a client that shakes hands already does not listen, and no
transcript has it (RFC 5246 §7.4.1.1)."""


class ClientHandshake:
    """One handshake with one server (RFC 8446, RFC 5246).

    `server_name` is what SNI says (RFC 6066 §3), an ASCII DNS name; None sends none.
    `versions` is what the server may choose from; at least one. `key_type` is the kind of key
    that its leaf may have (dual-certificate hosts have several leaves); None for any. `groups`
    are the key exchange groups; a key share is sent for x25519 only, another one costs a server
    of TLS 1.3 a HelloRetryRequest. `farewell` is what the protocol inside TLS wants to hear before
    the connection is closed; it is said where the handshake is completed.
    """

    def __init__(
        self,
        server_name: str | None,
        versions: frozenset[TLSVersion] = EVERY_VERSION,
        key_type: KeyType | None = None,
        groups: tuple[Group, ...] = CURVES,
        *,
        farewell: bytes = b"",
    ) -> None:
        self._records = RecordLayer(None if TLSVersion.TLS_1_3 in versions else TLSVersion.TLS_1_2)
        self._records.farewell = farewell
        self._flow = _shake_hands(self._records, make_offer(server_name, versions, key_type, groups))
        next(self._flow)
        self._failure: HandshakeError | None = None
        self.handshake: Handshake | None = None
        """What the server showed, once it is complete and authenticated."""

        self.parting_alert = b""
        """After a HandshakeError: the fatal alert to send before closing, empty where none is due."""

    @property
    def done(self) -> bool:
        return self.handshake is not None

    def result(self) -> Handshake:
        """What the server showed; raises RuntimeError before it is done."""
        if self.handshake is None:
            raise RuntimeError("the handshake is not complete")
        return self.handshake

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the server (none to begin), give the bytes to send.

        When `handshake` is set, what is returned ends with close_notify: send it and close.
        Raises HandshakeError and nothing else; `parting_alert` may then be sent.
        """
        self._take(data)
        return self._records.take_outgoing()

    def receive_eof(self) -> None:
        """The server closed or reset the connection; raises CONNECTION_CLOSED or NOT_TLS.

        Returns when `handshake` is set, or is set by this: in TLS 1.2 a server may turn away
        a client without a certificate after it has shown everything.
        """
        if self.handshake is None:
            self._throw(self._failure or self._records.closed())

    def _take(self, data: bytes) -> None:
        if self._failure is not None:
            raise self._failure
        if self.handshake is not None:
            return  # session tickets, or the server's own close_notify
        try:
            self._records.feed(data)
            while (message := self._records.next_message()) is not None:
                if message.raw == HELLO_REQUEST and self._records.version is not TLSVersion.TLS_1_3:
                    self._records.count_idle_record()
                else:
                    self._flow.send(message)
        except StopIteration as end:
            self.handshake = end.value
        except HandshakeError as error:
            self._throw(error)

    def _throw(self, error: HandshakeError) -> None:
        """Tell the flow; one that has already ended raises the error again."""
        try:
            self._flow.throw(error)
        except StopIteration as end:
            self.handshake = end.value
        except HandshakeError as failure:
            self._failure = failure
            alert = ALERT_OWED.get(failure.reason)
            if alert is not None:
                self._records.send_alert(AlertLevel.FATAL, alert)
                self.parting_alert = self._records.take_outgoing()
            raise


def _shake_hands(records: RecordLayer, offer: Offer) -> Flow:
    """ClientHello, and on with the version that the server chooses."""
    client_hello = offer.client_hello()
    records.send(ContentType.HANDSHAKE, client_hello, FIRST_RECORD_VERSION)
    hello = parse_server_hello((yield))
    version = records.version = _chosen_version(hello, offer.choice.versions)
    if version is TLSVersion.TLS_1_3:
        return (yield from tls13.shake_hands(records, offer, client_hello, hello))
    return (yield from tls12.shake_hands(records, version, offer, client_hello, hello))


def _chosen_version(hello: ServerHello, versions: frozenset[TLSVersion]) -> TLSVersion:
    """RFC 8446 §4.2.1: supported_versions says TLS 1.3 or later, legacy_version says TLS 1.2 or earlier."""
    selected = hello.extensions.get(Extension.SUPPORTED_VERSIONS)
    if selected is None:
        number = hello.legacy_version
    else:
        number = parse_uint16(selected, "supported_versions")
        if TLSVersion.TLS_1_3 not in versions:
            raise illegal("the server answers supported_versions, which was not offered")
        if number < VERSION_NUMBERS[TLSVersion.TLS_1_3]:
            raise illegal(f"supported_versions chooses {_name_version(number)}")
    version = VERSIONS.get(number)
    if version not in versions or (selected is None and version is TLSVersion.TLS_1_3):
        detail = f"the server chose {_name_version(number)}, which was not offered"
        raise HandshakeError(ProbeFailure.UNSUPPORTED_VERSION, detail)
    return version


def _name_version(number: int) -> str:
    return VERSION_NAMES.get(number, f"version {number:#06x}")
