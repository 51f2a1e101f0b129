"""OpenSSL's own server and client say whether we read a handshake rightly."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path

import pytest

from ocsp_staple_exporter.model import Handshake, KeyType, TLSVersion
from tests.tls.openssl_server import s_server, shake_hands
from tests.tls.tls_lab import credential
from tests.tls_versions import MODERN

V12, V13 = TLSVersion.TLS_1_2, TLSVersion.TLS_1_3
VERSION_OPTIONS = {V12: "-tls1_2", V13: "-tls1_3"}
GROUP_OPTIONS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x448": "X448"}
SCHEMES = {
    "rsa": "rsa_pss_rsae_sha256",
    "p256": "ecdsa_secp256r1_sha256",
    "p384": "ecdsa_secp384r1_sha384",
    "p521": "ecdsa_secp521r1_sha512",
    "ed25519": "ed25519",
    "ed448": "ed448",
}
# TLS 1.2 ties no curve to a scheme: OpenSSL takes the first that we offer, with SHA-256.
TLS12_SCHEMES = SCHEMES | {"p384": "ecdsa_secp256r1_sha256"}
TLS13_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
TLS12_SUITES = {
    "AES128-GCM-SHA256": "AES_128_GCM_SHA256",
    "AES256-GCM-SHA384": "AES_256_GCM_SHA384",
    "CHACHA20-POLY1305": "CHACHA20_POLY1305_SHA256",
}


@pytest.mark.parametrize("group", ["x25519", "secp256r1"])
@pytest.mark.parametrize("suite", TLS13_SUITES)
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "ed25519"])
def test_every_tls13_suite_is_completed_with_every_key_and_group(
    files: Path, kind: str, suite: str, group: str
) -> None:
    options = ("-tls1_3", "-ciphersuites", suite, "-groups", GROUP_OPTIONS[group], "-status_file", f"{kind}.der")
    with s_server(files, kind, *options) as port:
        handshake = shake_hands(port, V13)
    shown = credential(kind)
    assert handshake == Handshake(
        tls_version=V13,
        cipher_suite=suite,
        group=group,
        signature_scheme=SCHEMES[kind],
        chain=shown.chain,
        staples=(shown.staple, None),
    )


@pytest.mark.parametrize("group", ["x25519", "secp256r1"])
@pytest.mark.parametrize("suite", TLS12_SUITES)
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "ed25519"])
def test_every_tls12_suite_is_completed_with_every_key_and_group(
    files: Path, kind: str, suite: str, group: str
) -> None:
    authentication = "RSA" if kind == "rsa" else "ECDSA"
    # The curve of the leaf's key has to be among the groups, else OpenSSL shares no suite.
    groups = ":".join(dict.fromkeys([GROUP_OPTIONS[group], {"p384": "P-384"}.get(kind, "P-256")]))
    options = ("-tls1_2", "-cipher", f"ECDHE-{authentication}-{suite}", "-groups", groups, "-serverpref")
    with s_server(files, kind, *options, "-status_file", f"{kind}.der") as port:
        handshake = shake_hands(port, V12)
    shown = credential(kind)
    assert handshake == Handshake(
        tls_version=V12,
        cipher_suite=f"TLS_ECDHE_{authentication}_WITH_{TLS12_SUITES[suite]}",
        group=group,
        signature_scheme=TLS12_SCHEMES[kind],
        chain=shown.chain,
        staples=(shown.staple, None),
        status_acknowledged=True,
    )


@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize("group", ["secp384r1", "secp521r1", "x448"])
def test_a_server_may_insist_on_any_offered_group(files: Path, group: str, version: TLSVersion) -> None:
    groups = f"{GROUP_OPTIONS[group]}:P-256"
    with s_server(files, "p256", "-groups", groups, "-serverpref", VERSION_OPTIONS[version]) as port:
        assert shake_hands(port, version).group in {group, "secp256r1"}


@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize("kind", ["p521", "ed448"])
def test_rare_keys_are_verified_too(files: Path, kind: str, version: TLSVersion) -> None:
    with s_server(files, kind, VERSION_OPTIONS[version]) as port:
        assert shake_hands(port, *MODERN).leaf == credential(kind).chain[0]


@pytest.mark.parametrize("version", MODERN)
def test_a_host_with_two_certificates_shows_the_one_that_is_asked_for(files: Path, version: TLSVersion) -> None:
    """The chain of the RSA leaf is signed with ECDSA, which `signature_algorithms` alone would rule out."""
    second = ("-dcert", "rsa.pem", "-dkey", "rsa.key", "-dcert_chain", "ca.pem")
    with s_server(files, "p256", VERSION_OPTIONS[version], *second) as port:
        for key_type, kind in ((KeyType.RSA, "rsa"), (KeyType.ECDSA, "p256")):
            assert shake_hands(port, version, key_type=key_type).chain == credential(kind).chain


@pytest.mark.parametrize("version", MODERN)
def test_one_hello_offers_both_versions(files: Path, version: TLSVersion) -> None:
    with s_server(files, "rsa", VERSION_OPTIONS[version]) as port:
        assert shake_hands(port, *MODERN).tls_version is version


@pytest.mark.parametrize("version", MODERN)
def test_a_server_without_a_staple_shows_none(files: Path, version: TLSVersion) -> None:
    with s_server(files, "p256", VERSION_OPTIONS[version]) as port:
        assert shake_hands(port, version).staples == (None, None)


@pytest.mark.parametrize("option", ["-verify", "-Verify"])
@pytest.mark.parametrize("version", MODERN)
def test_a_server_that_wants_a_client_certificate_is_read_without_one(
    files: Path, version: TLSVersion, option: str
) -> None:
    """`-verify` asks for one and goes on without, `-Verify` turns the client away."""
    with s_server(files, "p256", VERSION_OPTIONS[version], option, "1", "-status_file", "p256.der") as port:
        handshake = shake_hands(port, version)
    assert handshake.client_certificate_requested
    assert handshake.staple == credential("p256").staple


@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_chain_and_staple_are_those_that_s_client_shows(files: Path, kind: str, version: TLSVersion) -> None:
    with s_server(files, kind, "-status_file", f"{kind}.der", VERSION_OPTIONS[version]) as port:
        handshake = shake_hands(port, version)
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-status", "-showcerts"]
        shown = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout.decode()
    staple = files / "read.der"
    staple.write_bytes(handshake.staple or b"")
    command = ["openssl", "ocsp", "-respin", str(staple), "-noverify", "-resp_text"]
    ours = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert ours.strip().startswith("OCSP Response Data:")
    assert ours.strip() in shown
    certificates = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", shown, re.DOTALL)
    assert handshake.chain == tuple(map(ssl.PEM_cert_to_DER_cert, certificates[: len(handshake.chain)]))


def test_a_server_takes_our_goodbye_for_an_orderly_end(files: Path) -> None:
    """s_server reports `DONE` and no error when close_notify comes right after Finished."""
    identity = ["-cert", "p256.pem", "-key", "p256.key", "-naccept", "1"]
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", *identity]
    with subprocess.Popen(
        command, cwd=files, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        assert server.stdout is not None
        port = next(int(line.rsplit(b":")[-1]) for line in server.stdout if line.startswith(b"ACCEPT"))
        shake_hands(port, V13)
        log = server.stdout.read()
    assert b"DONE" in log
    assert b"error" not in log
