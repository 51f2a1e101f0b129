"""DHE: a prime of the server's choice, within bounds, and what RFC 7919 §5.1 says of public values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_key_exchange import FFDHE2048
from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import Conclusion, Handshake, HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.finite_field import LONGEST_PRIME, SHORTEST_PRIME, FiniteField
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES
from ocsp_staple_exporter.tls.wire import vector
from tests.tls.tls_faults import V12, Overrides, reason
from tests.tls.tls_lab import converse, credential

RSA = credential("rsa")
DHE = next(suite for suite in CIPHER_SUITES.values() if suite.name == "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")
TERMS = Terms(cipher_suites=(DHE,))


def read(terms: Terms) -> Handshake:
    return converse(ClientHandshake("leaf.test", frozenset({V12})), ServerHandshake(lambda _: RSA, terms))


def of_length(bits: int) -> FiniteField:
    """An odd number will do: whether it is prime is the server's business."""
    return FiniteField((1 << (bits - 1)) + 643, 2)


def test_the_lab_has_the_prime_of_rfc_7919() -> None:
    """Appendix A.1, the first and the last of its digits."""
    digits = f"{FFDHE2048.prime:x}"
    assert digits.startswith("ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695")
    assert digits.endswith("886b423861285c97ffffffffffffffff")
    assert len(digits) == 512


@pytest.mark.parametrize(
    ("bits", "conclusion"),
    [
        (512, Conclusion.SEEN_ONLY),
        (SHORTEST_PRIME - 1, Conclusion.SEEN_ONLY),
        (SHORTEST_PRIME, Conclusion.COMPLETED),
        (2000, Conclusion.COMPLETED),
        (3072, Conclusion.COMPLETED),
        (LONGEST_PRIME, Conclusion.COMPLETED),
        (LONGEST_PRIME + 1, Conclusion.SEEN_ONLY),
    ],
)
def test_a_prime_out_of_bounds_is_seen_and_not_used(bits: int, conclusion: Conclusion) -> None:
    handshake = read(replace(TERMS, prime_field=of_length(bits)))
    assert (handshake.group, handshake.conclusion) == (f"dh{bits}", conclusion)
    assert (handshake.staple, handshake.key_proven) == (RSA.staple, True)


def test_leading_zeros_of_the_secret_are_stripped() -> None:
    """RFC 5246 §8.1.2: one handshake in 256 has some."""
    key = FFDHE2048.generate()
    key._exponent = 1
    assert key.shared_secret((0x0301).to_bytes(256)) == b"\x03\x01"


def sending(prime: int, generator: int, public: int) -> Overrides:
    def server_key_exchange(self: TLS12Flights, _params: bytes, _public: bytes) -> bytes:
        parts = (number.to_bytes(max((number.bit_length() + 7) // 8, 1)) for number in (prime, generator, public))
        params = b"".join(vector(2, part) for part in parts)
        return params + self.signature(self.hello.random + self.random + params)

    return {"server_key_exchange": server_key_exchange}


PRIME = FFDHE2048.prime


@pytest.mark.parametrize(
    ("prime", "generator", "public"),
    [
        (PRIME, 2, 0),
        (PRIME, 2, 1),
        (PRIME, 2, PRIME - 1),
        (PRIME, 2, PRIME),
        (PRIME, 2, PRIME + 2),
        (PRIME - 1, 2, 4),
        (PRIME, 0, 4),
        (PRIME, 1, 4),
        (PRIME, PRIME - 1, 4),
    ],
    ids=["0", "1", "p-1", "p", "p+2", "an even prime", "generator 0", "generator 1", "generator p-1"],
)
def test_an_impossible_value_is_refused(prime: int, generator: int, public: int) -> None:
    overrides = sending(prime, generator, public)
    assert reason(V12, overrides, terms=TERMS, shown=RSA) is ProbeFailure.ILLEGAL_PARAMETER


def test_params_that_break_off_are_malformed() -> None:
    cut: Overrides = {"server_key_exchange": lambda _self, params, _public: params}
    assert reason(V12, cut, terms=TERMS, shown=RSA) is ProbeFailure.MALFORMED_MESSAGE
    with pytest.raises(HandshakeError, match="not a prime with a generator"):
        FiniteField(PRIME, 1).generate()
