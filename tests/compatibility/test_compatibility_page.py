from __future__ import annotations

from pathlib import Path

import pytest

from ocsp_staple_exporter.model import StartTLS
from tests.compatibility import page, servers
from tests.compatibility.page import PAGE, RECORDS_VARIABLE, identities, main, not_listed, rendered, report, rows_of
from tests.compatibility.starttls.servers import PRODUCTS
from tests.compatibility.tables import STACKS, STARTTLS, TABLES, Table

ROW = {
    "Server": "a server",
    "Version": "1.0",
    "TLS library": "a library",
    "Its version": "2.0",
    "TLS 1.2": "RSA",
    "TLS 1.3": "-",
    "The staple": "from a file",
    "Logs broken handshakes": "yes",
}
OTHER_KEY = ROW | {"TLS 1.2": "ECDSA", "TLS 1.3": "ECDSA"}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page made of two reports on one server."""
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    monkeypatch.setenv(RECORDS_VARIABLE, str(tmp_path / "records"))
    report(STACKS, ROW)
    report(STACKS, OTHER_KEY)
    main(tmp_path / "records")
    monkeypatch.delenv(RECORDS_VARIABLE)
    return tmp_path / "page.md"


def test_reports_on_one_server_share_a_row(made: Path) -> None:
    assert rows_of(STACKS, made.read_text()) == [ROW | {"TLS 1.2": "ECDSA, RSA", "TLS 1.3": "ECDSA"}]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("row", [ROW, OTHER_KEY, ROW | {"Version": "1.1", "Its version": "3.0"}])
def test_what_the_page_lists_passes_whatever_the_versions(row: dict[str, str]) -> None:
    report(STACKS, row)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "difference",
    [{"Server": "another"}, {"TLS 1.2": "Ed25519"}, {"TLS library": "another"}, {"The staple": "fetched"}],
)
def test_what_the_page_does_not_list_fails(difference: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="make compatibility"):
        report(STACKS, ROW | difference)


@pytest.mark.parametrize("row", [{}, ROW | {"Another": "column"}, ROW | {"The staple": "one, two"}])
def test_a_row_of_another_shape_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no row of"):
        report(STACKS, row)


def test_without_a_page_nothing_is_listed() -> None:
    assert not_listed(STACKS, ROW, "")["Server"] == "a server"


def test_nobody_edited_the_page() -> None:
    text = PAGE.read_text()
    assert rendered({table.heading: rows_of(table, text) for table in TABLES}) == text


@pytest.mark.parametrize(
    ("table", "tested"),
    [
        (STACKS, {(stack.name,) for stack in servers.STACKS}),
        (STARTTLS, {(protocol.value, product.name) for product in PRODUCTS for protocol in product.protocols}),
    ],
)
def test_the_page_lists_what_is_tested_and_nothing_else(table: Table, tested: set[tuple[str, ...]]) -> None:
    assert identities(table) == tested


def test_every_protocol_that_begins_in_the_clear_is_tried_with_a_server() -> None:
    assert {protocol for product in PRODUCTS for protocol in product.protocols} == set(StartTLS)
