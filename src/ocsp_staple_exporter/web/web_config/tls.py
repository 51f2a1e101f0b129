"""The options of a listener, and the files that they name, into an ssl.SSLContext."""

from __future__ import annotations

import os
import ssl
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.web.web_config.names import CURVES, SUITES, VERSIONS, ClientAuth, Version
from ocsp_staple_exporter.web.web_config.schema import TLSOptions
from ocsp_staple_exporter.web.web_config.settings import ServerTLS

LARGEST = 16 * 1024 * 1024
"""Bytes of a file of certificates."""

_VERIFY_MODES = {
    ClientAuth.VERIFY_IF_GIVEN: ssl.CERT_OPTIONAL,
    ClientAuth.REQUIRE_AND_VERIFY: ssl.CERT_REQUIRED,
}

Content = TypeVar("Content")


def build_tls(options: TLSOptions, directory: Path, report: Report) -> ServerTLS | None:
    """None, and every problem in the report, where certificates and keys are not what they must be."""
    before = len(report.problems)
    sources = _Sources(options, directory, report)
    chain = sources.load("cert", _certificates)
    key = sources.load("key", _private_key)
    authorities = sources.load("client_ca", _certificates)
    if chain and key and not _belongs(key, chain[0]):
        sources.complain("key", "does not belong to the certificate")
    if len(report.problems) > before or chain is None or key is None:
        return None
    context = _context(options)
    _ask_clients(context, options, authorities)
    try:
        with _as_file(_key_and_chain(key, chain)) as path:
            context.load_cert_chain(path)
    except ssl.SSLError as error:
        sources.complain("cert", f"is refused by OpenSSL: {error.reason or error}")
        return None
    except OSError as error:
        sources.complain("cert", f"cannot be loaded: {error.strerror or error}")
        return None
    sans = options.client_allowed_sans
    return ServerTLS(context, None if sans is None else frozenset(sans))


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where certificates and keys come from: files, or the options themselves."""

    options: TLSOptions
    directory: Path
    report: Report

    def load(self, name: str, parse: Callable[[bytes], Content]) -> Content | None:
        """None where nothing is given, or what is given is at fault."""
        text, file = getattr(self.options, name), getattr(self.options, f"{name}_file")
        try:
            if file:
                return parse(_read(self.directory / file))
            return parse(text.encode()) if text else None
        except OSError as error:
            self.complain(name, f"cannot be read: {error.strerror or error}")
        except ValueError as error:
            self.complain(name, str(error))
        return None

    def complain(self, name: str, message: str) -> None:
        file = getattr(self.options, f"{name}_file")
        if file:
            message = f"{quoted(str(self.directory / file))} {message}"
        self.report.at_value(("tls_server_config", f"{name}_file" if file else name), message)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"is larger than {LARGEST // 1024**2} MiB")
    return data


def _certificates(pem: bytes) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError("holds no certificate in PEM, or a damaged one") from None


def _private_key(pem: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is encrypted: a server that starts by itself needs its key without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM, or a damaged one") from None


def _belongs(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    try:
        return _public(key) == _public(certificate)
    except (ValueError, UnsupportedAlgorithm):  # a certificate whose key cannot be read
        return False


def _public(holder: PrivateKeyTypes | x509.Certificate) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_and_chain(key: PrivateKeyTypes, chain: Sequence[x509.Certificate]) -> bytes:
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key_pem + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """A path for OpenSSL, which loads keys from nowhere else. On Linux the key stays in memory."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("key"), "wb") as memory:
            memory.write(data)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "key.pem")
            path.write_bytes(data)
            yield str(path)


def _context(options: TLSOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    suites = [SUITES[name] for name in options.cipher_suites or () if name in SUITES]
    minimum = Version.TLS13 if options.cipher_suites and not suites else options.min_version
    with warnings.catch_warnings():  # TLS 1.0 and 1.1 are deprecated; the file asks for them
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = VERSIONS[minimum], VERSIONS[options.max_version]
    if minimum in {Version.TLS10, Version.TLS11}:  # OpenSSL 3 has them on level 0 only
        context.set_ciphers(":".join(["@SECLEVEL=0", *(suites or SUITES.values())]))
    elif suites:
        context.set_ciphers(":".join(suites))
    if not options.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if options.curve_preferences:
        context.set_ecdh_curve(CURVES[options.curve_preferences[0]])
    return context


def _ask_clients(context: ssl.SSLContext, options: TLSOptions, authorities: Sequence[x509.Certificate] | None) -> None:
    context.verify_mode = _VERIFY_MODES.get(options.client_auth_type, ssl.CERT_NONE)
    if context.verify_mode is ssl.CERT_NONE:
        return
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # as in Go, an intermediate may be trusted by itself
    if authorities is None:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    else:
        context.load_verify_locations(cadata=b"".join(one.public_bytes(Encoding.DER) for one in authorities))
