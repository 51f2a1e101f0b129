"""Where libraries mislead who judges staples with them, and the tests that show that we are not misled.

The traps are those of `cryptography` (1 to 13), pyOpenSSL (14 to 16) and asn1crypto (17).
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Stage, encode
from ocsp_staple_exporter.lab.staples import plan, staple
from ocsp_staple_exporter.model import CertStatus, Verdict
from ocsp_staple_exporter.ocsp import judge
from ocsp_staple_exporter.ocsp.response import BasicResponse, decode_response
from tests.ocsp.pki import NOW, pki, reasons

TRAPS = {
    "1 a reader that refuses and cannot say why": [
        "tests.lab.test_lab_flaws::test_cryptography_refuses_what_is_malformed",
        "tests.ocsp.test_ocsp_flaws::test_a_flaw_is_found_and_no_other",
        "tests.ocsp.test_ocsp_flaws::test_in_an_oddity_nothing_is_found",
    ],
    "2 an error status with a body that says good": [
        "tests.ocsp.test_ocsp_traps::test_an_error_status_is_an_error_whatever_its_body_says",
    ],
    "3 several entries hide what each of them says": [
        "tests.ocsp.test_ocsp_matching::test_the_leafs_entry_is_found_wherever_it_stands",
        "tests.ocsp.test_ocsp_flaws::test_in_an_oddity_nothing_is_found",
    ],
    "4 critical extensions pass, duplicate and malformed ones raise": [
        "tests.ocsp.test_ocsp_flaws::test_a_flaw_is_found_and_no_other",
        "tests.ocsp.test_ocsp_matching::test_the_value_of_a_known_extension_is_decoded",
    ],
    "5 an unknown hash in one entry hides the others": [
        "tests.ocsp.test_ocsp_matching::test_the_leafs_entry_is_found_wherever_it_stands",
        "tests.ocsp.test_ocsp_matching::test_what_every_entry_has_wrong_is_named",
    ],
    "6 RSA-PSS has no hash, and its parameters are not shown": [
        "tests.ocsp.test_ocsp_signatures::test_every_signature_algorithm_of_the_rfcs_verifies",
        "tests.ocsp.test_ocsp_signatures::test_pss_parameters_and_their_defaults_are_understood",
        "tests.ocsp.test_ocsp_signatures::test_other_parameters_are_unsupported",
        "tests.ocsp.test_ocsp_large_numbers::test_a_salt_of_any_length_is_unsupported",
    ],
    "7 unused bits of a signature are dropped": [
        "tests.ocsp.test_ocsp_signer::test_a_signature_of_unused_bits_proves_nothing",
        "tests.ocsp.test_ocsp_mutations::test_every_flipped_bit_is_found_and_none_in_the_signed_part_is_believed",
    ],
    "8 the signed part is encoded anew": [
        "tests.ocsp.test_ocsp_traps::test_the_signature_is_checked_over_the_bytes_on_the_wire",
        "tests.ocsp.test_ocsp_facts::test_a_response_decodes_to_the_facts_that_cryptography_reads",
    ],
    "9 a reason that no RFC assigns hides the revocation": [
        "tests.ocsp.test_ocsp_facts::test_a_reason_that_no_rfc_assigns_is_invalid_and_the_certificate_revoked",
        "tests.ocsp.test_ocsp_large_numbers::test_a_revocation_reason_of_any_length_is_invalid",
    ],
    "10 times without a time zone": [
        "tests.ocsp.test_ocsp_facts::test_a_response_that_cryptography_built_is_verified",
        "tests.ocsp.test_ocsp_time::test_every_date_of_the_calendar_is_judged_by_the_same_rules",
    ],
    "11 a certificate that does not load": [
        "tests.ocsp.test_ocsp_traps::test_a_leaf_that_strict_readers_refuse_has_a_staple_all_the_same",
        "tests.ocsp.test_ocsp_issuer::test_an_unreadable_leaf_is_said_to_be_the_cause",
    ],
    "12 names that are alike and not the same": [
        "tests.ocsp.test_ocsp_traps::test_a_responder_is_named_by_the_bytes_of_its_name",
        "tests.ocsp.test_ocsp_flaws::test_a_status_that_nobody_authorised_stated_is_not_believed",
    ],
    "13 a builder of sound responses alone": [
        "tests.lab.test_lab_flaws::test_every_reason_about_a_staple_has_a_flaw",
        "tests.ocsp.test_ocsp_checks::test_every_check_of_a_staple_has_a_flaw_that_fails_it",
    ],
    "14 a staple that is shown before the chain is judged, or ends the handshake": [
        "tests.lab.test_lab_tls_server::test_any_bytes_can_be_stapled",
        "tests.tls.test_tls_interop::test_chain_and_staple_are_those_that_s_client_shows",
    ],
    "15 a staple of no bytes is a failed handshake": [
        "tests.ocsp.test_ocsp_flaws::test_an_empty_staple_is_an_empty_staple",
    ],
    "16 a resumed session has no staple": [
        "tests.tls.test_tls_sent::test_no_two_hellos_are_alike",
    ],
    "17 a lax reader that accepts": [
        "tests.ocsp.test_ocsp_agreement_pyhanko::test_pyhanko_agrees_or_the_disagreement_is_documented",
        "tests.ocsp.test_ocsp_mutations::test_no_changed_length_raises_and_none_in_the_signed_part_is_believed",
    ],
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_tests(trap: str) -> None:
    for name in TRAPS[trap]:
        module, _, function = name.partition("::")
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("flaw", ["status_try_later", "status_unauthorized"])
def test_an_error_status_is_an_error_whatever_its_body_says(flaw: str) -> None:
    lab = pki()
    response = staple(lab.leaf, lab.ca, now=NOW, flaw=f"{flaw}:with_body")
    theirs = ocsp.load_der_ocsp_response(response)
    assert theirs.certificate_status is ocsp.OCSPCertStatus.GOOD
    verdict = lab.judge(response)
    assert reasons(verdict.errors) == [flaw]
    assert verdict.cert_status is None


def test_the_signature_is_checked_over_the_bytes_on_the_wire() -> None:
    """An explicit v1, signed or written in afterwards: one value, two encodings."""
    lab = pki()
    sound = plan(lab.leaf, lab.ca, now=NOW)
    explicit_v1 = der.explicit(0, der.integer(0))
    signed = encode(replace(sound, version=explicit_v1))
    decoded = decode_response(signed)
    assert isinstance(decoded, BasicResponse)
    assert decoded.tbs in signed
    assert lab.judge(signed).verified
    inserted = encode(sound.edited(Stage.SIGNED, lambda tbs: der.sequence(explicit_v1, der.content(tbs))))
    assert reasons(lab.judge(inserted).errors) == ["signature_invalid"]


def _judge_leaf(serial: bytes, algorithm: bytes) -> Verdict:
    """The verdict on a staple for a leaf with another serial number and algorithm in it."""
    lab = pki()
    assert isinstance(lab.ca.key, ec.EllipticCurvePrivateKey)
    version, _serial, _algorithm, *rest = der.children(lab.leaf.certificate.tbs_certificate_bytes)
    tbs = der.sequence(version, serial, algorithm, *rest)
    leaf = der.sequence(tbs, algorithm, der.bit_string(lab.ca.key.sign(tbs, ec.ECDSA(hashes.SHA256()))))
    sound = plan(lab.leaf, lab.ca, now=NOW)
    number = int.from_bytes(der.content(serial), signed=True)
    entry = replace(sound.entry, cert_id=replace(sound.entry.cert_id, serial_number=number))
    return judge(encode(sound.with_entry(entry)), leaf, lab.issuers, NOW)


@pytest.mark.parametrize(
    ("serial", "parameters"),
    [(der.tlv(0x02, b"\x00\x00\x07"), b""), (der.tlv(0x02, b"\xff\xf0"), b""), (der.integer(7), der.NULL)],
    ids=["serial number with leading zeros", "negative serial number with leading ones", "ECDSA with NULL"],
)
def test_a_leaf_that_strict_readers_refuse_has_a_staple_all_the_same(serial: bytes, parameters: bytes) -> None:
    verdict = _judge_leaf(serial, der.algorithm("1.2.840.10045.4.3.2", parameters))
    assert (verdict.errors, verdict.warnings) == ((), ())
    assert verdict.cert_status is CertStatus.GOOD


def test_a_responder_is_named_by_the_bytes_of_its_name() -> None:
    """RFC 5280 §7.1 compares names more loosely; CertID and chain go by bytes, and so does everybody else."""
    lab = pki()
    name = lab.responder.certificate.subject.public_bytes()
    utf8, printable = 0x0C, 0x13
    other = bytes(printable if octet == utf8 else octet for octet in name)
    sound = plan(lab.leaf, lab.ca, now=NOW, responder=lab.responder)
    assert lab.judge(encode(replace(sound, responder_id=der.explicit(1, name)))).verified
    verdict = lab.judge(encode(replace(sound, responder_id=der.explicit(1, other))))
    assert reasons(verdict.errors) == ["responder_not_found"]
