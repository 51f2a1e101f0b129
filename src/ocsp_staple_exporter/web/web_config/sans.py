"""client_allowed_sans: which names a client's certificate must have one of."""

from __future__ import annotations

from collections.abc import Container, Iterator

from cryptography import x509


def has_allowed_name(certificate: bytes, allowed: Container[str]) -> bool:
    """Whether one of the certificate's names (DER) is allowed, letter by letter; never raises."""
    try:
        loaded = x509.load_der_x509_certificate(certificate)
        names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return any(name in allowed for name in _texts(names))


def _texts(names: x509.SubjectAlternativeName) -> Iterator[str]:
    yield from names.get_values_for_type(x509.DNSName)
    yield from names.get_values_for_type(x509.RFC822Name)
    yield from map(str, names.get_values_for_type(x509.IPAddress))
    yield from names.get_values_for_type(x509.UniformResourceIdentifier)
