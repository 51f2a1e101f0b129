"""docs/verification.md explains every label, with the severity and the clause that the code gives it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp import checks

PAGE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
CHECKS = [check for name, table in vars(checks).items() if name.endswith("_CHECKS") for check in table]
ABSENCE = {
    "must_staple_missing": ({"error"}, {"RFC 7633 §4"}),
    "no_staple": ({"warning"}, {"RFC 6066 §8"}),
}
BESIDE = {
    "intermediate_revoked": ({"warning"}, {"RFC 8446 §4.4.2.1"}),
    "intermediate_staple_invalid": ({"warning"}, {"RFC 8446 §4.4.2.1"}),
    "staple_missing_sometimes": ({"error", "warning"}, {"RFC 7633 §4"}),
    "certificates_differ": ({"warning"}, {"RFC 5280 §4.1"}),
    "handshake_failed_sometimes": ({"warning"}, {"RFC 8446 §4"}),
}
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
    for line in PAGE.split("\n## Labels\n")[1].splitlines()
    if line.startswith("| `")
]


def test_every_label_is_explained_once_in_the_order_of_verification() -> None:
    assert [row[0].strip("`") for row in ROWS] == [reason.value for reason in Reason]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_a_label_has_the_severity_and_the_clauses_of_its_checks(row: list[str]) -> None:
    label = row[0].strip("`")
    judging = [check for check in CHECKS if label in {reason.value for reason in check.reasons}]
    judged = {check.severity.value for check in judging}, {check.clause for check in judging}
    assert (set(row[1].split(", ")), set(row[2].split(", "))) == (ABSENCE | BESIDE).get(label, judged)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_a_label_has_a_meaning_those_who_mind_and_a_way_out(row: list[str]) -> None:
    assert len(row) == 6
    assert all(cell.endswith((".", ")")) for cell in row[3:])


def test_every_label_that_the_text_names_exists() -> None:
    known = {reason.value for reason in Reason} | {"certid_*"}
    text = PAGE.split("\n## Labels\n")[0]
    prefixes = ("responder_", "certid_", "produced_", "not_yet", "too_", "refresh_", "conflicting", "no_matching")
    named = {word for word in re.findall(r"`([a-z_*]+)`", text) if word.startswith(prefixes)}
    assert named
    assert named <= known
