"""Every message of every flight, gone wrong in every way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ocsp_staple_exporter.lab.faults.beside import ENDLESS, INTRUDERS, LEAVING
from ocsp_staple_exporter.lab.faults.fault import READ, Ending, Fault
from ocsp_staple_exporter.lab.faults.flights import FLIGHTS
from ocsp_staple_exporter.lab.faults.misformed import FORM, ORDER, RECORDS
from ocsp_staple_exporter.lab.faults.places import Place
from ocsp_staple_exporter.lab.faults.way import Way, bad_mac, refused, unexpected

WAYS: Mapping[str, Way] = {**ORDER, **FORM, **RECORDS, **LEAVING, **INTRUDERS, **ENDLESS}

_PLAIN = unexpected("an unprotected record of type 22 after keys were agreed, after ServerHello")
_INTERRUPTED = unexpected("a record of change_cipher_spec (20) inside a handshake message")
_SECOND_RETRY = unexpected("a second HelloRetryRequest")
_RESUMED = unexpected("the server resumes a session that was never offered")
_SEALED_TOO_EARLY = unexpected("another record where ChangeCipherSpec was due")

EXCEPTIONS: Mapping[str, Ending] = {
    # Behind a ServerHello of TLS 1.3 stands a ChangeCipherSpec, and all that follows is sealed.
    "tls13:ServerHello:missing": unexpected("a record of application_data (23) before ServerHello"),
    "tls13-asking:ServerHello:missing": unexpected("a record of application_data (23) after ServerHello"),
    **{
        f"{flight}:ServerHello:{way}": ending
        for flight in ("tls13", "tls13-asking")
        for way, ending in {
            "late": READ,
            "twice": _PLAIN,
            "endless_repetition": _PLAIN,
            "length_too_great": _INTERRUPTED,
        }.items()
    },
    "tls13-asking:HelloRetryRequest:twice": _SECOND_RETRY,
    "tls13-asking:HelloRetryRequest:endless_repetition": _SECOND_RETRY,
    # RFC 5246 §7.3: so goes on a server that resumes.
    **{
        f"{flight}:Certificate:{way}": _RESUMED
        for flight in ("tls12", "tls12-asking", "tls11")
        for way in ("after_ticket", "endless_tickets", "after_change_cipher_spec", "endless_change_cipher_specs")
    },
    # Before a ChangeCipherSpec nothing can be sealed, after it everything has to be.
    "tls12:ChangeCipherSpec:missing": _SEALED_TOO_EARLY,
    "tls12:ChangeCipherSpec:late": _SEALED_TOO_EARLY,
    "tls12:ChangeCipherSpec:stretched": unexpected("a ChangeCipherSpec with other content than 1"),
    "tls12:ChangeCipherSpec:twice": bad_mac(),
    "tls12:ChangeCipherSpec:after_change_cipher_spec": bad_mac(),
    "tls12:ChangeCipherSpec:endless_change_cipher_specs": bad_mac(),
    "tls12:ChangeCipherSpec:endless_repetition": bad_mac(),
    "tls12:Finished:around_change_cipher_spec": bad_mac(),
    # The server waits for the Certificate that it did not ask for.
    "tls12-asking:CertificateRequest:missing": refused("unexpected_message (10) after ServerHelloDone"),
    "tls12-asking:CertificateRequest:late": unexpected("sent CertificateRequest where ChangeCipherSpec was due"),
    "tls12-asking:ServerHelloDone:twice": unexpected("sent ServerHelloDone where ChangeCipherSpec was due"),
    "tls12-asking:ServerHelloDone:endless_repetition": unexpected(
        "sent ServerHelloDone where ChangeCipherSpec was due"
    ),
}
"""What is special about one place, by the whole name of the fault."""


def _ending(name: str, way: Way, place: Place) -> Ending:
    return EXCEPTIONS[name] if name in EXCEPTIONS else way.ending(place)


def _faults() -> Iterator[tuple[str, Fault]]:
    for flight in FLIGHTS:
        for at in flight.messages:
            place = Place(flight, at)
            for way_name, way in WAYS.items():
                if way.where(place):
                    name = f"{flight.name}:{at}:{way_name}"
                    yield name, Fault(flight, at, way.play, _ending(name, way, place))


MESSAGE_FAULTS: Mapping[str, Fault] = dict(_faults())
