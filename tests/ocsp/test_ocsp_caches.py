from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import encode
from ocsp_staple_exporter.lab.staples import plan, staple
from ocsp_staple_exporter.ocsp import evidence, judge
from ocsp_staple_exporter.remember import LARGEST, remember
from tests.ocsp.pki import DAY, NOW, pki, reasons


def test_a_staple_is_examined_once_and_its_times_are_judged_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = pki()
    leaf = lab.ca.issue_leaf("once.example")
    response = staple(leaf, lab.ca, now=NOW)
    assert judge(response, leaf.der, leaf.chain[1:], NOW).verified
    monkeypatch.delattr(evidence, "find_signer")
    copies = bytes(bytearray(response)), bytes(bytearray(leaf.der))
    assert judge(*copies, leaf.chain[1:], NOW).verified
    assert reasons(judge(*copies, leaf.chain[1:], NOW + 4 * DAY).errors) == ["expired"]
    with pytest.raises(NameError):
        judge(staple(leaf, lab.ca, now=NOW + DAY), leaf.der, leaf.chain[1:], NOW)


def test_another_leaf_or_issuer_is_another_question() -> None:
    lab = pki()
    response = staple(lab.leaf, lab.ca, now=NOW)
    assert lab.judge(response).verified
    sibling = lab.ca.issue_leaf("sibling.example")
    assert reasons(judge(response, sibling.der, lab.issuers, NOW).errors) == ["certid_serial_mismatch"]
    assert reasons(judge(response, lab.leaf.der, [], NOW).errors) == ["issuer_unavailable"]
    assert lab.judge(response).verified


def test_a_large_staple_is_judged_and_not_remembered() -> None:
    lab = pki()
    blueprint = plan(lab.leaf, lab.ca, now=NOW, responder=lab.responder)
    padded = encode(blueprint.with_entry(blueprint.entry))
    large = staple(lab.leaf, lab.ca, now=NOW, flaw="entry_in_the_middle") + der.octet_string(bytes(LARGEST))
    assert lab.judge(padded).verified
    assert reasons(lab.judge(large).errors) == ["trailing_data"]


def test_what_is_remembered_is_bounded_in_bytes() -> None:
    asked: list[int] = []

    @remember(entries=2)
    def measure(data: bytes, more: tuple[bytes, ...]) -> int:
        asked.append(len(data))
        return len(data) + sum(map(len, more))

    for _ in range(2):
        assert measure(b"abc", (b"d",)) == 4
        assert measure(bytes(LARGEST), (b"d",)) == LARGEST + 1
    assert asked == [3, LARGEST, LARGEST]


def test_what_is_not_worth_keeping_is_worked_out_every_time() -> None:
    asked: list[bytes] = []

    @remember(entries=2, keep=lambda length: length < 3)
    def measure(data: bytes) -> int:
        asked.append(data)
        return len(data)

    for _ in range(2):
        assert (measure(b"ab"), measure(b"abc")) == (2, 3)
    assert asked == [b"ab", b"abc", b"abc"]


def test_all_is_forgotten_when_more_came_in_than_there_is_room_for() -> None:
    asked: list[bytes] = []

    @remember(entries=4, average=5)
    def first(data: bytes) -> int:
        asked.append(data)
        return data[0]

    for letter in (b"a", b"b", b"a", b"b"):
        first(letter * 10)
    assert len(asked) == 2
    assert first(b"c") == ord("c")
    assert (first(b"a" * 10), first(b"c")) == (ord("a"), ord("c"))
    assert asked == [b"a" * 10, b"b" * 10, b"c", b"a" * 10]
