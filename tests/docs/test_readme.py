"""What the README shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocsp_staple_exporter.cli import main
from ocsp_staple_exporter.config import load_config
from ocsp_staple_exporter.exposition import FAMILIES
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from tests.demo.running import demo, read_until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
RUNNING = (ROOT / "docs/running.md").read_text()


def without_times(table: str) -> list[str]:
    """Rows without the time left, which differs from run to run by minutes."""
    rows = [re.sub(r"\d+ (?:d \d+ h|h \d+ min)", "TIME", line).split() for line in table.splitlines()]
    return [" ".join(row) for row in rows if row and row[0].endswith(".test")]


def test_the_table_of_the_demo_is_what_the_demo_prints() -> None:
    with demo("--web.listen-address", "127.0.0.1:0") as process:
        printed = read_until(process, "Ctrl-C")
    shown = README.split("```text\n")[1].split("```")[0]
    assert without_times(shown) == without_times(printed)
    assert len(without_times(shown)) == len((*HOSTS, CLOSED_HOST))


def test_the_series_shown_exist() -> None:
    names = set(re.findall(r"\b(ocsp_staple_[a-z_]+)", README)) - {"ocsp_staple_exporter", "ocsp_staple_"}
    own = set(re.findall(r"`(ocsp_staple_exporter_[a-z_]+)`", (ROOT / "docs/metrics.md").read_text()))
    assert names <= {family.name for family in FAMILIES} | own


def test_the_first_configuration_is_good_and_the_second_is_bad_in_the_way_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (good,) = re.findall(r"\$ cat > hosts\.yaml\n(.*?)\n\$ ", README, re.DOTALL)
    (bad,) = re.findall(r"\$ cat hosts\.yaml\n(.*?)\n\$ ", RUNNING, re.DOTALL)
    Path("hosts.yaml").write_text(good)
    assert len(load_config(Path("hosts.yaml")).targets) == 3
    Path("hosts.yaml").write_text(bad + "\n")
    ended = CliRunner().invoke(main, ["--config.file=hosts.yaml"])
    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == re.findall(r"^error: hosts\.yaml.*$", RUNNING, re.MULTILINE)


def test_the_options_shown_are_those_of_the_program() -> None:
    offered = {option for parameter in main.params for option in parameter.opts}
    options = RUNNING.split("## Options")[1].split("| path |")[0]
    shown = set(re.findall(r"`(--[a-z.-]+)`", options))
    assert shown == offered - {"-h", "--help", "--version"}


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("dashboards/**/*.md")]


def anchors(document: Path) -> set[str]:
    """What GitHub makes of the headings: lower case, without punctuation, - for spaces."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)]+)", document.read_text()):
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_page_of_questions_leads_to_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = {path.name for path in ROOT.glob("docs/*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\((?:runbooks/)?([\w-]+\.md)", index)) & pages
