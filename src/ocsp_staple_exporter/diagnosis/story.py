"""A diagnosis with blanks, and the facts that fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from string import Template

from ocsp_staple_exporter.diagnosis.diagnosis import Diagnosis, Fix, Software


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What fills the blanks, `$detail` and the like.

    Sentences take what is safe to show; snippets take only what is safe to run.
    """

    sentences: Mapping[str, str]
    snippets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The texts of a `Diagnosis` with blanks in the notation of `string.Template`; `$$` is a dollar sign."""

    headline: str
    effect: str
    cause: str
    fixes: tuple[Fix, ...]
    runbook: str

    def tell(self, facts: Facts, software: Software | None) -> Diagnosis:
        """Fill the blanks; keep the fixes for `software` and those for every server."""

        def fill(text: str) -> str:
            return Template(text).substitute(facts.sentences)

        def fill_fix(fix: Fix) -> Fix:
            return replace(fix, text=fill(fix.text), snippet=Template(fix.snippet).substitute(facts.snippets))

        return Diagnosis(
            headline=fill(self.headline),
            effect=fill(self.effect),
            cause=fill(self.cause),
            fixes=tuple(
                fill_fix(fix) for fix in self.fixes if software in (None, fix.software) or fix.software is None
            ),
            runbook=self.runbook,
        )
