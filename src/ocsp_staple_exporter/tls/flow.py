"""The shape of a handshake: a generator that is sent one message after the other.

Where the RFCs draw an arrow to the client, the code says `message = yield`. Failures of the
record layer, alerts and the end of the connection are thrown in at the same place. What a
flow wants to say goes into the record layer; what it returns is the result.
"""

from __future__ import annotations

from collections.abc import Generator

from ocsp_staple_exporter.model import Handshake
from ocsp_staple_exporter.tls.wire import Message

Flow = Generator[None, Message, Handshake]
Step = Generator[None, Message, None]
