"""How a handshake ended, in words."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.model import Conclusion, Handshake

_FINISHED: Mapping[Conclusion, str] = {
    Conclusion.COMPLETED: "verified",
    Conclusion.TURNED_AWAY: "not seen: the server turned the client away first",
    Conclusion.SEEN_ONLY: "not seen: of this TLS version and suite the exporter reads only what is sent in the clear",
}


def finished_in_words(handshake: Handshake) -> str:
    """What became of the server's Finished, which vouches for every message."""
    return _FINISHED[handshake.conclusion]


def reservation_about(handshake: Handshake) -> str | None:
    """What nobody should read the result without, however good it is; None where there is no such thing."""
    if handshake.key_proven:
        return None
    return (
        "It is not proven that the server holds the certificate's key. "
        f"With {handshake.cipher_suite} nothing is signed, and Finished was {finished_in_words(handshake)}."
    )
