"""A model over the plain values of a file, and what it finds into the file's report."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ocsp_staple_exporter.config.messages import Vocabulary, describe
from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.tree import Path

Options = TypeVar("Options", bound=BaseModel)

_NO_WORDS = Vocabulary()


def validate(
    model: type[Options],
    value: object,
    at: Path,
    report: Report,
    context: object = None,
    words: Vocabulary = _NO_WORDS,
) -> Options | None:
    """The value that stands at that path of the file, as a model; None, and every fault in the report, if it is none.

    `context` is what the model's validators find in `info.context`.
    """
    try:
        return model.model_validate(value, context=context)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            on_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
            path = at + tuple(part for part in error["loc"] if part != "[key]")
            complain = report.at_key if on_key else report.at_value
            complain(path, describe(error, model, report.written(path), words))
    return None
