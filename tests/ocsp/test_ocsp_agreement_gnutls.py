"""Our verdicts and those of GnuTLS (3.7, as Debian has it), which reads each staple from a handshake."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from tests.ocsp.opinions import (
    ALL,
    REJECTED,
    Disagreement,
    assert_as_documented,
    by_both_signers,
    lab,
    our_opinion,
    staple_of,
)
from tests.ocsp.pki import Pki
from tests.real_servers.conftest import require

pytestmark = pytest.mark.real_server

NOW = datetime.now(UTC).replace(microsecond=0)
"""GnuTLS judges by the clock."""

_NO_STAPLE = Disagreement("good", "an unsuccessful response is no staple to it; RFC 6066 §8 leaves that to the client")
_BER = Disagreement("good", "it reads BER; RFC 6960 §4.2.1 wants DER")
_ROOT = Disagreement("good", "whoever leads to its trust list may sign; RFC 6960 §4.2.2.2 wants the leaf's own CA")
_ANY_EXTENSION = Disagreement("good", "it looks at no extension of a response; RFC 6960 §4.4")
_CERT_ID = Disagreement("good", "of a CertID it compares the serial number and what it can hash; RFC 6960 §4.1.1")
_FIRST_ENTRY = "it takes the first entry for the leaf's; RFC 6960 §4.2.1 allows several"
_ISSUER_ANYWAY = Disagreement("good", "who is named does not matter where the issuer signed; RFC 6960 §4.2.2.3")
_WEAK = Disagreement(REJECTED, "it refuses weak digests in certificates; clients differ, we warn")

DISAGREEMENTS = {
    "malformed:empty_sequence": _NO_STAPLE,
    "malformed:long_length": _BER,
    "malformed:time_without_seconds": Disagreement("good", "it takes a time without seconds; RFC 5280 §4.1.2.5.2"),
    "malformed:impossible_time": Disagreement("good", "it does not look at the month; X.680 §46"),
    "malformed:revoked_without_time": Disagreement("revoked", "it does not read the time; RFC 6960 §4.2.1"),
    "malformed:unused_bits": Disagreement("good", "it drops unused bits of a signature; RFC 6960 §4.2.1"),
    "malformed:embedded_certificate": Disagreement(
        REJECTED, "it decodes every certificate that comes along; we warn, as BoringSSL passes over it"
    ),
    "version_unsupported": Disagreement("good", "it ignores the version; RFC 6960 §4.2.1 knows v1 alone"),
    "status_malformed_request": _NO_STAPLE,
    "status_internal_error": _NO_STAPLE,
    "status_try_later": _NO_STAPLE,
    "status_try_later:with_body": _NO_STAPLE,
    "status_sig_required": _NO_STAPLE,
    "status_unauthorized": _NO_STAPLE,
    "status_unauthorized:with_body": _NO_STAPLE,
    "status_unknown_code": _NO_STAPLE,
    "status_unknown_code:seven": _NO_STAPLE,
    "status_unknown_code:with_body": _NO_STAPLE,
    "responder_not_issued_by_ca:issued_by_parent": _ROOT,
    "responder_not_issued_by_ca:signed_by_parent": _ROOT,
    "responder_cert_weak_signature": _WEAK,
    "responder_cert_weak_signature:md5": _WEAK,
    "unknown_critical_extension": _ANY_EXTENSION,
    "unknown_critical_extension:single": _ANY_EXTENSION,
    "certid_hash_unsupported:md5": Disagreement("good", "it hashes with whatever it knows; no CA uses MD5"),
    "certid_hash_unsupported:sha3_256": Disagreement("good", "it hashes with whatever it knows; clients differ"),
    "certid_issuer_key_mismatch": _CERT_ID,
    "conflicting_responses": Disagreement("good", "the first entry wins; a revocation must not be hidden"),
    "not_yet_valid": Disagreement("good", "it compares nextUpdate alone; RFC 6960 §3.2 (5)"),
    "revoked:expired": Disagreement("revoked", "revoked comes first; we say both, and that the staple is unusable"),
    "cert_status_unknown": Disagreement("good", "unknown is not revoked to it; RFC 6960 §2.2"),
    "entry_in_the_middle": Disagreement(REJECTED, _FIRST_ENTRY),
    "same_serial_of_another_issuer": Disagreement("revoked", _FIRST_ENTRY),
    "after_an_unknown_hash": Disagreement(REJECTED, _FIRST_ENTRY),
}

WHERE_THE_ISSUER_SIGNED = {
    "responder_id_hash_length": _ISSUER_ANYWAY,
    "responder_id_hash_length:empty": _ISSUER_ANYWAY,
    "responder_not_found": _ISSUER_ANYWAY,
    "responder_not_found:by_key": _ISSUER_ANYWAY,
}

BREAKS_THE_HANDSHAKE = {"staple_empty"}
"""RFC 6066 §8 has no staple of no bytes."""


@pytest.fixture(scope="module")
def _needs_gnutls() -> None:
    require("gnutls-cli", "gnutls-bin")


@pytest.fixture(scope="module")
def pki() -> Pki:
    return lab(NOW)


@pytest.fixture(scope="module")
def root(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert pki.ca.parent is not None
    written = tmp_path_factory.mktemp("gnutls") / "root.pem"
    written.write_bytes(pki.ca.parent.certificate_pem)
    return written


async def gnutls_opinion(pki: Pki, response: bytes, root: Path) -> str:
    """Whether `gnutls-cli` accepts a server that staples this; its good is also what it takes for no staple."""
    credential = Credential(pki.leaf.chain, pki.leaf.key, response)
    async with serve(lambda: ServerHandshake(lambda _: credential)) as port:
        client = await asyncio.create_subprocess_exec(
            "gnutls-cli",
            *("--x509cafile", str(root), "--verify-hostname", "localhost", "--port", str(port), "127.0.0.1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await client.communicate()
    if b"- Status: The certificate is trusted." in output:
        return "good"
    assert b"- Status: The certificate is NOT trusted." in output, output.decode()
    return "revoked" if b"chain is revoked" in output else REJECTED


@pytest.mark.usefixtures("_needs_gnutls")
@by_both_signers
@pytest.mark.parametrize("name", [name for name in ALL if name not in BREAKS_THE_HANDSHAKE])
async def test_gnutls_agrees_or_the_disagreement_is_documented(
    name: str, pki: Pki, root: Path, *, delegated: bool
) -> None:
    response = staple_of(pki, NOW, name, delegated=delegated)
    theirs = await gnutls_opinion(pki, response, root)
    documented = DISAGREEMENTS if delegated else {**DISAGREEMENTS, **WHERE_THE_ISSUER_SIGNED}
    assert_as_documented(name, our_opinion(pki, response, NOW), theirs, documented)


def test_the_tables_name_flaws_that_exist() -> None:
    assert {*DISAGREEMENTS, *WHERE_THE_ISSUER_SIGNED, *BREAKS_THE_HANDSHAKE} <= set(ALL)
