"""A lab server that commits one fault.

Every message passes `Misbehaving.send`; the one at which the fault is to be committed goes to the
fault's `play` instead, which sends with `put` and `records` whatever it likes, or departs from the handshake.
"""

from __future__ import annotations

from collections.abc import Callable

from ocsp_staple_exporter.lab.tls_flights import Flights
from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_hello import ClientHello
from ocsp_staple_exporter.lab.tls_terms import Credential, Terms
from ocsp_staple_exporter.tls.messages import HELLO_RETRY_REQUEST
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.wire import HandshakeType, name_message


class FaultyRecords(RecordLayer):
    """A record layer that also sends what no record layer should."""

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._outgoing += self._held + data
        self._held = b""

    def send_plain(self, content_type: int, content: bytes) -> None:
        """One record, unprotected whatever was agreed, of any length."""
        self.send_raw(bytes([content_type]) + b"\x03\x03" + len(content).to_bytes(2) + content)

    def send_empty(self, content_type: ContentType) -> None:
        """One record without content, protected where that was agreed."""
        if self._writing is None:
            self.send_plain(content_type, b"")
        else:
            self.send_plain(*self._writing.seal(content_type, b""))

    def send_padded(self, content_type: ContentType, content: bytes, zeros: int) -> None:
        """One record of TLS 1.3 that ends in zeros (RFC 8446 §5.4)."""
        if self._writing is not None:
            self.send_plain(*self._writing.seal(0, content + bytes([content_type]) + bytes(zeros - 1)))

    def spoil_last_byte(self) -> None:
        """Change one bit of what was sent last."""
        self._outgoing[-1] ^= 1


Play = Callable[["Misbehaving", HandshakeType, bytes], None]
"""Acts in place of a message that is due: given who sends, the message's type and its body."""


class DepartureError(Exception):
    """The server leaves the handshake: it closes, or goes on and on with something else."""

    def __init__(self, go_on: Callable[[], None] | None) -> None:
        super().__init__("no handshake any more")
        self.go_on = go_on
        """Sends more, whenever it is called; None closes the connection."""


class Misbehaving(Flights):
    """Both flights of a server, in which one message goes wrong."""

    records: FaultyRecords
    at: str
    """The message that goes wrong, by the name of the RFCs."""

    play: tuple[Play]
    """What is done in its place, wrapped, lest it be taken for a method."""

    def __init__(self, records: RecordLayer, hello: ClientHello, credential: Credential, terms: Terms) -> None:
        super().__init__(records, hello, credential, terms)
        self._held: list[tuple[HandshakeType, bytes]] = []

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        if name_step(message_type, body) == self.at:
            self.play[0](self, message_type, body)
            return
        self.put(message_type, body)
        held, self._held = self._held, []
        for late in held:
            self.put(*late)

    def send_change_cipher_spec(self) -> None:
        self.send(HandshakeType.CHANGE_CIPHER_SPEC, b"\x01")

    def put(self, message_type: HandshakeType, body: bytes) -> None:
        """Send a message now, as an honest server would."""
        if message_type is HandshakeType.CHANGE_CIPHER_SPEC:
            self.records.send(ContentType.CHANGE_CIPHER_SPEC, body)
        else:
            super().send(message_type, body)

    def hold(self, message_type: HandshakeType, body: bytes) -> None:
        """Send a message after the next one."""
        self._held.append((message_type, body))


class MisbehavingTLS13(Misbehaving, TLS13Flights):
    pass


class MisbehavingTLS12(Misbehaving, TLS12Flights):
    pass


def name_step(message_type: HandshakeType, body: bytes) -> str:
    """The name of the RFCs; that of a HelloRetryRequest for the ServerHello that is one."""
    if message_type is HandshakeType.SERVER_HELLO and HELLO_RETRY_REQUEST in body:
        return "HelloRetryRequest"
    return name_message(message_type)
