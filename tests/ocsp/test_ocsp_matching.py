from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import GOOD, UNKNOWN, Entry, encode, revoked
from ocsp_staple_exporter.lab.flaws.cert_ids import other_key, other_name, other_serial, with_unknown_hash
from ocsp_staple_exporter.lab.staples import plan
from ocsp_staple_exporter.model import CertStatus, Verdict
from tests.ocsp.pki import DAY, HOUR, NOW, pki, reasons

REVOKED = revoked(NOW - DAY, 1)


def _entry(cert_status: bytes = GOOD, this_update: datetime = NOW - HOUR) -> Entry:
    sound = plan(pki().leaf, pki().ca, now=NOW).entry
    return replace(sound, cert_status=cert_status, this_update=this_update, next_update=this_update + DAY)


def _judge(*entries: Entry, extensions: tuple[bytes, ...] = ()) -> Verdict:
    sound = plan(pki().leaf, pki().ca, now=NOW)
    return pki().judge(encode(replace(sound, entries=entries, extensions=extensions)))


def test_the_leafs_entry_is_found_wherever_it_stands() -> None:
    others = [other_serial(_entry(REVOKED)), other_key(_entry(REVOKED)), with_unknown_hash(_entry(REVOKED))]
    for entries in permutations([_entry(), *others]):
        verdict = _judge(*entries)
        assert (verdict.errors, verdict.warnings) == ((), ())
        assert verdict.cert_status is CertStatus.GOOD


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([other_serial(_entry())], ["certid_serial_mismatch"]),
        ([other_serial(other_name(_entry()))], ["certid_serial_mismatch", "certid_issuer_name_mismatch"]),
        ([other_serial(_entry()), other_serial(_entry())], ["certid_serial_mismatch"]),
        ([other_serial(_entry()), other_key(other_serial(_entry()))], ["certid_serial_mismatch"]),
        ([other_serial(_entry()), other_key(_entry())], ["no_matching_response"]),
        ([with_unknown_hash(_entry())], ["certid_hash_unsupported"]),
        (
            [other_serial(with_unknown_hash(_entry()))],
            ["certid_hash_unsupported", "certid_serial_mismatch"],
        ),
        ([with_unknown_hash(_entry()), other_key(_entry())], ["no_matching_response"]),
    ],
)
def test_what_every_entry_has_wrong_is_named(entries: list[Entry], found: list[str]) -> None:
    verdict = _judge(*entries)
    assert reasons(verdict.errors) == found
    assert verdict.cert_status is None
    assert (verdict.this_update is None) == (len(entries) > 1)


@pytest.mark.parametrize(
    ("statuses", "believed", "errors", "warnings"),
    [
        ((GOOD, REVOKED), "revoked", ["conflicting_responses", "revoked"], []),
        ((UNKNOWN, REVOKED), "revoked", ["conflicting_responses", "revoked"], []),
        ((GOOD, UNKNOWN), "good", [], ["conflicting_responses"]),
        ((GOOD, GOOD), "good", [], []),
        ((REVOKED, REVOKED), "revoked", ["revoked"], []),
    ],
)
def test_of_conflicting_entries_revoked_wins_in_any_order(
    statuses: tuple[bytes, bytes], believed: str, errors: list[str], warnings: list[str]
) -> None:
    for order in permutations(statuses):
        verdict = _judge(*(_entry(status) for status in order))
        assert verdict.cert_status is CertStatus(believed)
        assert reasons(verdict.errors) == errors
        assert reasons(verdict.warnings) == warnings


def test_of_a_stale_and_a_fresh_entry_the_fresh_one_counts() -> None:
    fresh, stale = _entry(), _entry(this_update=NOW - 3 * DAY)
    for entries in permutations([fresh, stale]):
        verdict = _judge(*entries)
        assert verdict.verified
        assert verdict.this_update == NOW - HOUR
        assert reasons(verdict.warnings) == ["conflicting_responses"]


CRITICAL = der.extension("1.3.6.1.4.1.32473.5", b"\x05\x00", critical=True)


def test_a_critical_extension_of_another_entry_is_a_warning_and_of_the_leafs_an_error() -> None:
    other = other_serial(_entry())
    verdict = _judge(_entry(), replace(other, extensions=(CRITICAL,)))
    assert (reasons(verdict.errors), reasons(verdict.warnings)) == ([], ["unknown_critical_extension"])
    verdict = _judge(other, replace(_entry(), extensions=(CRITICAL,)))
    assert (reasons(verdict.errors), reasons(verdict.warnings)) == (["unknown_critical_extension"], [])


def _sct_list(*scts: bytes) -> bytes:
    listed = b"".join(len(sct).to_bytes(2) + sct for sct in scts)
    return der.octet_string(len(listed).to_bytes(2) + listed)


@pytest.mark.parametrize(
    ("oid", "value", "warnings"),
    [
        ("1.3.6.1.4.1.11129.2.4.5", _sct_list(b"one", b"two"), []),
        ("1.3.6.1.4.1.11129.2.4.5", _sct_list(b""), ["malformed_extension"]),
        ("1.3.6.1.4.1.11129.2.4.5", der.octet_string(b"\x00\x04\x00\x09ab"), ["malformed_extension"]),
        ("1.3.6.1.4.1.11129.2.4.5", der.octet_string(b"\x00"), ["malformed_extension"]),
        ("2.5.29.24", der.generalized_time(NOW), []),
        ("2.5.29.24", b"\x17\x0d260301120000Z", ["malformed_extension"]),
        ("1.3.6.1.5.5.7.48.1.6", der.generalized_time(NOW), []),
        ("1.3.6.1.5.5.7.48.1.6", b"", ["malformed_extension"]),
        ("1.3.6.1.5.5.7.48.1.3", der.sequence(), []),
        ("1.3.6.1.5.5.7.48.1.3", b"\x30\x01", ["malformed_extension"]),
        ("2.5.29.21", der.enumerated(1), ["reason_code_in_extension"]),
        ("2.5.29.21", der.integer(1), ["malformed_extension", "reason_code_in_extension"]),
        ("1.3.6.1.5.5.7.48.1.2", bytes(33), []),
        ("1.3.6.1.4.1.32473.5", b"anything", []),
    ],
)
def test_the_value_of_a_known_extension_is_decoded(oid: str, value: bytes, warnings: list[str]) -> None:
    for critical in (False, True):
        verdict = _judge(replace(_entry(), extensions=(der.extension(oid, value, critical=critical),)))
        assert reasons(verdict.warnings) == warnings
        assert verdict.verified == (not critical or oid != "1.3.6.1.4.1.32473.5")


@pytest.mark.parametrize(
    ("flawed", "found"),
    [(der.NULL, []), (b"\x05\x01\x00", ["malformed_extension"])],
)
def test_the_extended_revoked_definition_is_null(flawed: bytes, found: list[str]) -> None:
    extension = der.extension("1.3.6.1.5.5.7.48.1.9", flawed)
    assert reasons(_judge(_entry(), extensions=(extension,)).warnings) == found


def test_two_good_entries_are_judged_alike_in_any_order() -> None:
    short = replace(_entry(), next_update=NOW - HOUR / 2)
    long = replace(_entry(), next_update=NOW + 2 * DAY)
    for entries in permutations([short, long]):
        verdict = _judge(*entries)
        assert (verdict.verified, reasons(verdict.warnings)) == (True, ["conflicting_responses"])
        assert verdict.next_update == NOW + 2 * DAY


def test_an_unknown_critical_extension_counts_in_every_entry_for_the_leaf() -> None:
    critical = replace(_entry(), extensions=(der.extension("1.2.3.4", der.NULL, critical=True),))
    for entries in permutations([_entry(), critical]):
        assert reasons(_judge(*entries).errors) == ["unknown_critical_extension"]
    for entries in permutations([_entry(), other_serial(critical)]):
        verdict = _judge(*entries)
        assert (verdict.errors, reasons(verdict.warnings)) == ((), ["unknown_critical_extension"])


def test_two_revocations_that_differ_are_a_disagreement() -> None:
    verdict = _judge(_entry(REVOKED), _entry(revoked(NOW - 2 * DAY, 4)))
    assert reasons(verdict.warnings) == ["conflicting_responses"]
