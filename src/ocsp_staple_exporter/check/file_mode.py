"""`check --staple FILE --leaf FILE`: judges a staple before a server staples it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.check.document import as_json
from ocsp_staple_exporter.check.files import STDIN, parse_certificates, parse_staple
from ocsp_staple_exporter.check.options import WrongUse
from ocsp_staple_exporter.check.output import Destination, destination_of
from ocsp_staple_exporter.check.reading import read_option, shown
from ocsp_staple_exporter.check.report import Report, Subject, examine
from ocsp_staple_exporter.check.text import as_text

DEFAULT_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the command line names; `-` stands for the standard input."""

    staple: str
    leaf: str
    issuers: Sequence[str]


def check_files(
    files: Files, *, at: datetime | None, clock_skew: timedelta | None, form: str, output: str | None
) -> int:
    """The exit status. Raises WrongUse, Unusable and Unwritten."""
    destination = destination_of(output)
    subject = _read_subject(files)
    now = at or datetime.now(UTC).replace(microsecond=0)
    report = examine(subject, now, DEFAULT_CLOCK_SKEW if clock_skew is None else clock_skew)
    destination.write(_rendered(report, form, destination))
    return report.exit_status


def _rendered(report: Report, form: str, destination: Destination) -> Iterator[bytes]:
    """`form`: a word of --format."""
    if form == "json":
        yield as_json(report)
    else:
        yield destination.encode(as_text(report, destination.console))


def _read_subject(files: Files) -> Subject:
    if [files.staple, files.leaf, *files.issuers].count(STDIN) > 1:
        raise WrongUse("The standard input (-) can be read once: put the other into a file.")
    response = read_option("--staple", files.staple, parse_staple)
    certificates = read_option("--leaf", files.leaf, parse_certificates)
    others = [der for path in files.issuers for der in read_option("--issuer", path, parse_certificates)]
    return Subject(
        name=shown(files.staple),
        staple=response.der,
        form=response.form,
        leaf=certificates[0],
        issuers=(*certificates[1:], *others),
    )
