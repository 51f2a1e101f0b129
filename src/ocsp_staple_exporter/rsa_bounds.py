"""How large an RSA key may be before it is not worth its time.

A verification with an exponent as long as the modulus takes 10 ms at 3072 bits, where 65537 takes 0.05: a
hostile server could keep us busy for as long as it likes. The bounds are those of BoringSSL (rsa_impl.cc):
what is beyond them fails in Chrome.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MOST_MODULUS_BITS = 8192
MOST_EXPONENT_BITS = 33


def excess(key: object) -> str | None:
    """What is too large in a public key, as it may be shown; None for other keys and for usual ones."""
    if not isinstance(key, RSAPublicKey):
        return None
    if key.key_size > MOST_MODULUS_BITS:
        return f"the RSA key has {key.key_size} bits, more than {MOST_MODULUS_BITS}"
    exponent_bits = key.public_numbers().e.bit_length()
    if exponent_bits > MOST_EXPONENT_BITS:
        return f"the RSA key's exponent has {exponent_bits} bits, more than {MOST_EXPONENT_BITS}"
    return None
