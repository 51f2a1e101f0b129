"""Whatever staple, leaf and issuer are: a verdict, and a good one only for what the CA signed.

python -m fuzz.fuzz_judge [input...]
"""

from __future__ import annotations

import random
from datetime import datetime

import atheris

from fuzz import trees
from fuzz.corpus import NOW, SEPARATOR, judge_seeds
from fuzz.session import fuzz, prepare
from ocsp_staple_exporter import remember

# Every input is examined anew, so that its coverage does not depend on those before it.
remember.remember = lambda _entries, **_more: lambda function: function

with atheris.instrument_imports(include=["ocsp_staple_exporter"]):
    from ocsp_staple_exporter.model import Absence, Certificate, Finding, StaplePolicy, Verdict
    from ocsp_staple_exporter.ocsp import explain, judge, judge_absence, read_certificate, read_issuer
    from ocsp_staple_exporter.ocsp.checks import Failed
    from ocsp_staple_exporter.ocsp.response import BasicResponse, decode_response

LONGEST_DETAIL = 1200


def split(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Staple, leaf and issuer."""
    staple, _, rest = data.partition(SEPARATOR)
    leaf, _, issuer = rest.partition(SEPARATOR)
    return staple, leaf, issuer


def signed_part(staple: bytes) -> bytes | None:
    response = decode_response(staple)
    return response.tbs if isinstance(response, BasicResponse) else None


GENUINE: set[bytes | None] = set()
"""What was signed for the seeds, with keys that are lost: nothing else can be authentic."""


def judge_input(data: bytes) -> None:
    staple, leaf, issuer = split(data)
    verdict = judge(staple, leaf, [issuer], NOW)
    assert isinstance(verdict, Verdict)
    check_findings(verdict.errors + verdict.warnings)
    if verdict.verified or verdict.cert_status is not None:
        assert signed_part(staple) in GENUINE, "a response that nobody signed is believed"
    results = explain(staple, leaf, [issuer], NOW)
    failed = sorted(outcome.reason.value for _, outcome in results if isinstance(outcome, Failed))
    assert failed == sorted(finding.reason.value for finding in verdict.errors + verdict.warnings)
    assert all(outcome.detail.isprintable() for _, outcome in results)
    read_leaf(leaf, issuer)


def check_findings(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        assert finding.detail.isprintable(), finding
        assert len(finding.detail) < LONGEST_DETAIL, finding


def read_leaf(leaf: bytes, issuer: bytes) -> None:
    certificate = read_certificate(leaf)
    if not isinstance(certificate, Certificate):
        assert certificate.detail.isprintable()
        return
    texts = (certificate.subject, certificate.issuer, certificate.serial_number, *certificate.ocsp_urls)
    assert all(text.isprintable() for text in texts)
    assert all(isinstance(moment, datetime) for moment in (certificate.not_before, certificate.not_after))
    for policy in StaplePolicy:
        absence = judge_absence(certificate, policy, issuer=read_issuer(leaf, [issuer]))
        assert isinstance(absence, Absence)
        check_findings(absence.errors + absence.warnings)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Mostly a change of one part that stays well-formed, else any change of the bytes."""
    choose = random.Random(seed)  # noqa: S311 - the fuzzer's seed
    parts = list(split(data))
    at = choose.choice((0, 0, 0, 1, 2))
    changed = trees.mutate(parts[at], choose, atheris.Mutate) if choose.random() < 0.7 else None
    if changed is None:
        mutated: bytes = atheris.Mutate(data, max_size)
        return mutated
    parts[at] = changed
    return SEPARATOR.join(parts)[:max_size]


if __name__ == "__main__":
    home = prepare("judge", judge_seeds())
    GENUINE.update(signed_part(split(seed.read_bytes())[0]) for seed in (home / "seeds").iterdir())
    fuzz(home, judge_input, mutate)
