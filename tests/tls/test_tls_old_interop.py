"""OpenSSL's own server where it is old or odd: what is only seen, and what is completed all the same."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocsp_staple_exporter.lab.tls_server import Credential, Terms
from ocsp_staple_exporter.model import Conclusion, Handshake, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, KeyExchange
from tests.tls.openssl_server import s_server, shake_hands
from tests.tls.tls_faults import read, reason
from tests.tls.tls_lab import credential
from tests.tls_versions import MODERN, OLD

V10, V11, V12 = TLSVersion.TLS_1_0, TLSVersion.TLS_1_1, TLSVersion.TLS_1_2
VERSION_OPTIONS = {V10: "-tls1", V11: "-tls1_1", V12: "-tls1_2"}
STATIC_RSA = tuple(suite for suite in CIPHER_SUITES.values() if suite.key_exchange is KeyExchange.RSA)
MD5_SHA1, PSS, P256 = "rsa_pkcs1_md5_sha1", "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"


@pytest.mark.parametrize(
    ("version", "cipher", "suite", "group", "scheme"),
    [
        *(
            (version, *case)
            for version in OLD
            for case in [
                ("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "x25519", MD5_SHA1),
                ("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "x25519", "ecdsa_sha1"),
                ("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "dh2048", MD5_SHA1),
                ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", None, None),
            ]
        ),
        (V12, "ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "x25519", PSS),
        (V12, "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "x25519", P256),
        (V12, "DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "dh2048", PSS),
        (V12, "AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256", None, None),
    ],
)
def test_the_flight_in_the_clear_is_read(
    files: Path, version: TLSVersion, cipher: str, suite: str, group: str | None, scheme: str | None
) -> None:
    kind = "p256" if "ECDSA" in cipher else "rsa"
    options = (VERSION_OPTIONS[version], "-cipher", f"{cipher}:@SECLEVEL=0", "-status_file", f"{kind}.der")
    with s_server(files, kind, *options) as port:
        handshake = shake_hands(port, *TLSVersion)
    assert handshake == Handshake(
        tls_version=version,
        cipher_suite=suite,
        group=group,
        signature_scheme=scheme,
        chain=credential(kind).chain,
        staples=(credential(kind).staple, None),
        conclusion=Conclusion.SEEN_ONLY,
        status_acknowledged=True,
    )
    assert handshake.key_proven == (scheme is not None)


@pytest.mark.parametrize(
    ("cipher", "suite", "group", "scheme"),
    [
        ("DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "dh2048", PSS),
        ("DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "dh2048", PSS),
        ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384", None, None),
    ],
)
def test_an_aead_is_completed_without_ecdhe(
    files: Path, cipher: str, suite: str, group: str | None, scheme: str | None
) -> None:
    """With the leaf's key it is encrypted: who has not got it cannot make the Finished."""
    options = ("-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0", "-status_file", "rsa.der")
    with s_server(files, "rsa", *options) as port:
        handshake = shake_hands(port, *TLSVersion)
    assert (handshake.cipher_suite, handshake.group, handshake.signature_scheme) == (suite, group, scheme)
    assert (handshake.conclusion, handshake.key_proven) == (Conclusion.COMPLETED, True)
    assert handshake.staple == credential("rsa").staple


def test_a_server_that_has_no_staple_does_not_acknowledge_the_request(files: Path) -> None:
    with s_server(files, "rsa", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as port:
        handshake = shake_hands(port, *TLSVersion)
    assert (handshake.staples, handshake.status_acknowledged) == ((None, None), False)


@pytest.fixture(scope="module")
def pss(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leaf whose certificate says id-RSASSA-PSS, and its key."""
    directory = tmp_path_factory.mktemp("pss")
    command = ["openssl", "req", "-x509", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes"]
    command += ["-subj", "/CN=leaf.test", "-keyout", "pss.key", "-out", "pss.pem"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    (directory / "ca.pem").write_text((files / "ca.pem").read_text())
    return directory


@pytest.mark.parametrize("version", MODERN)
def test_a_certificate_that_is_for_pss_only_proves_itself_with_its_own_schemes(pss: Path, version: TLSVersion) -> None:
    """RFC 8446 §4.2.3."""
    with s_server(pss, "pss", "-tls1_3" if version is TLSVersion.TLS_1_3 else "-tls1_2") as port:
        assert shake_hands(port, *TLSVersion).signature_scheme == "rsa_pss_pss_sha256"


@pytest.mark.parametrize("version", TLSVersion)
def test_no_rsa_key_proves_itself_with_the_schemes_of_the_other_kind(pss: Path, version: TLSVersion) -> None:
    key = load_pem_private_key((pss / "pss.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    leaf = ssl.PEM_cert_to_DER_cert((pss / "pss.pem").read_text())
    of_pss = Credential((leaf,), key, pss_only=False)
    assert reason(version, {}, shown=of_pss) is ProbeFailure.ILLEGAL_PARAMETER
    if version in MODERN:
        assert read(version, {}, shown=replace(of_pss, pss_only=True)).leaf == leaf
        assert reason(version, {}, shown=replace(credential("rsa"), pss_only=True)) is ProbeFailure.ILLEGAL_PARAMETER
    if version is not TLSVersion.TLS_1_3:
        encrypting = Terms(cipher_suites=STATIC_RSA)
        assert reason(version, {}, terms=encrypting, shown=of_pss) is ProbeFailure.ILLEGAL_PARAMETER
        foreign = replace(of_pss, chain=credential("p256").chain)
        assert reason(version, {}, terms=encrypting, shown=foreign) is ProbeFailure.ILLEGAL_PARAMETER
        assert read(version, {}, encrypting, credential("rsa")).group is None


def test_a_server_notes_no_error_when_we_take_our_leave(files: Path) -> None:
    """user_canceled and close_notify are an end that was announced (RFC 5246 §7.2.2)."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "rsa.pem", "-key", "rsa.key", "-naccept", "1"]
    with subprocess.Popen(
        [*command, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        cwd=files,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as server:
        assert server.stdout is not None
        port = next(int(line.rsplit(b":")[-1]) for line in server.stdout if line.startswith(b"ACCEPT"))
        shake_hands(port, V11)
        log = server.stdout.read()
    assert b"alert" not in log
    assert b"error:" not in log
