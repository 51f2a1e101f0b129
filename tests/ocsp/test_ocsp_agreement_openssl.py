"""Our verdicts and those of OpenSSL (3.0, as Debian has it) over every flaw."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.keys import KeyType
from tests.ocsp.opinions import (
    ALL,
    REJECTED,
    SOUND,
    Disagreement,
    assert_as_documented,
    by_both_signers,
    lab,
    our_opinion,
    staple_of,
)
from tests.ocsp.pki import Pki

NOW = datetime.now(UTC).replace(microsecond=0)
"""OpenSSL judges by the clock."""

DISAGREEMENTS = {
    "malformed:indefinite_length": Disagreement("good", "it reads BER; RFC 6960 §4.2.1 wants DER"),
    "malformed:long_length": Disagreement("good", "it reads BER; RFC 6960 §4.2.1 wants DER"),
    "malformed:time_without_seconds": Disagreement(
        "good", "RFC 5280 §4.1.2.5.2: GeneralizedTime includes seconds; OpenSSL takes it without"
    ),
    "malformed:fractional_seconds": Disagreement(
        REJECTED, "RFC 5280 forbids fractions, X.690 does not: we warn; OpenSSL cannot compare such a time"
    ),
    "malformed:embedded_certificate": Disagreement(
        REJECTED, "it decodes every certificate that comes along; we warn, as BoringSSL passes over it"
    ),
    "trailing_data": Disagreement("good", "it reads the first element and stops; RFC 6960 §4.2.1"),
    "trailing_data:inner": Disagreement("good", "it reads the first element and stops; RFC 6960 §4.2.1"),
    "version_unsupported": Disagreement("good", "it ignores the version; RFC 6960 §4.2.1 knows v1 alone"),
    "signature_weak_md5": Disagreement("good", "it has no policy on digests; RFC 6151 §2"),
    "unknown_critical_extension": Disagreement("good", "it looks at no extension but the nonce; RFC 6960 §4.4"),
    "unknown_critical_extension:single": Disagreement("good", "it looks at no extension; RFC 6960 §4.4"),
    "conflicting_responses": Disagreement("good", "the first entry wins; a revocation must not be hidden"),
    "same_serial_of_another_issuer": Disagreement(
        REJECTED, "it compares the responder's CA with every entry, and one is of another CA"
    ),
    "after_an_unknown_hash": Disagreement(REJECTED, "an unknown hash in any entry ends its search for the issuer"),
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pki, Path]:
    made = lab(NOW)
    return made, _written(made, tmp_path_factory.mktemp("openssl"))


def _written(pki: Pki, directory: Path) -> Path:
    root = pki.ca.parent
    assert root is not None
    for name, identity in {"leaf": pki.leaf, "issuer": pki.ca, "root": root}.items():
        (directory / f"{name}.pem").write_bytes(identity.certificate_pem)
    return directory


def openssl_opinion(response: bytes, directory: Path, hash_name: str) -> str:
    """What `openssl ocsp` makes of a staple, asked in two halves.

    Given `-issuer` it trusts that certificate to have signed anything when it cannot verify the
    response otherwise (OCSP_TRUSTOTHER), and a responder that nobody authorised passes. So one
    run verifies without that option, the issuer being one of the certificates at hand, and
    another looks up the status and the times, without verifying.
    """
    (directory / "staple.der").write_bytes(response)
    verified = _openssl(directory, "-CAfile", "root.pem", "-no-CApath", "-no-CAstore", "-verify_other", "issuer.pem")
    stated = _openssl(directory, "-noverify", "-issuer", "issuer.pem", f"-{hash_name}", "-cert", "leaf.pem")
    if "Response verify OK" not in verified or "Status times invalid" in stated:
        return REJECTED
    _, _, status = stated.partition("leaf.pem: ")
    return status.partition("\n")[0] if status.startswith(("good\n", "revoked\n", "unknown\n")) else REJECTED


def _openssl(directory: Path, *options: str) -> str:
    command = ["openssl", "ocsp", "-respin", "staple.der", "-no_nonce", *options]
    done = subprocess.run(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout


@by_both_signers
@pytest.mark.parametrize("name", ALL)
def test_openssl_agrees_or_the_disagreement_is_documented(name: str, pki: tuple[Pki, Path], *, delegated: bool) -> None:
    made, directory = pki
    response = staple_of(made, NOW, name, delegated=delegated)
    hash_name = name.removeprefix("cert_id_") if name.startswith("cert_id_sha") else "sha1"  # it compares no other
    theirs = openssl_opinion(response, directory, hash_name)
    assert_as_documented(name, our_opinion(made, response, NOW), theirs, DISAGREEMENTS)


@cache
def _lab(key_type: KeyType) -> Pki:
    return lab(NOW, key_type)


@pytest.mark.parametrize(("key_type", "algorithm"), SOUND)
def test_openssl_verifies_a_sound_staple_of_every_algorithm(key_type: KeyType, algorithm: str, tmp_path: Path) -> None:
    made = _lab(key_type)
    directory = _written(made, tmp_path)
    for flaw, found in ((None, "good"), ("revoked", "revoked"), ("signature_invalid:tbs_changed", REJECTED)):
        response = staple_of(made, NOW, flaw, algorithm, delegated=True)
        assert openssl_opinion(response, directory, "sha1") == our_opinion(made, response, NOW) == found


def test_the_table_names_flaws_that_exist() -> None:
    assert set(DISAGREEMENTS) <= set(ALL)
