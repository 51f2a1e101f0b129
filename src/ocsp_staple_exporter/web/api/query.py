"""What can be asked of the list of endpoints."""

from __future__ import annotations

import re
from typing import Annotated

from multidict import MultiMapping
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.web.api.problems import Code, ProblemError
from ocsp_staple_exporter.web.ranking import Selection

LARGEST_PAGE = 1000


def _digits(value: object) -> object:
    """Neither `1.0` nor `1_000` nor ` 1`, all of which Python reads as numbers."""
    if isinstance(value, str) and not re.fullmatch("[0-9]{1,9}", value):
        raise ValueError("should be a whole number, in digits")
    return value


Label = Annotated[str, Field(pattern="^[a-zA-Z_][a-zA-Z0-9_]*(=|$)", max_length=300)]


class EndpointsQuery(BaseModel):
    """The parameters of GET /api/v1/endpoints."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE), BeforeValidator(_digits)] = 100
    """How many endpoints to show at most."""

    offset: Annotated[int, Field(ge=0, le=999_999_999), BeforeValidator(_digits)] = 0
    """How many to pass over. The order may change between two requests, as probes end."""

    state: Annotated[tuple[State, ...], Field(examples=[["revoked", "invalid"]])] = ()
    """Only endpoints in this state; several: in any of them."""

    q: Annotated[str, Field(max_length=256, examples=["example.com"])] = ""
    """Only endpoints that have each of these words, in any case, in their name, host, server name, address,
    labels, reasons, or in the certificate's names or serial number."""

    label: Annotated[tuple[Label, ...], Field(max_length=16, examples=[["team=web"]])] = ()
    """Only endpoints with this label, written `name=value`, or `name` for any value; several: with all of them."""

    @property
    def selection(self) -> Selection:
        return Selection(states=self.state, text=self.q, labels=[*map(_name_and_value, self.label)])


def _name_and_value(label: str) -> tuple[str, str | None]:
    name, equals, value = label.partition("=")
    return name, value if equals else None


REPEATABLE = {"state", "label"}


def read_query(query: MultiMapping[str]) -> EndpointsQuery:
    """Raises ProblemError for a parameter that is unknown, bad, or given more often than makes sense."""
    given: dict[str, object] = {}
    for name in dict.fromkeys(query):
        values = query.getall(name)
        if name not in EndpointsQuery.model_fields:
            known = ", ".join(EndpointsQuery.model_fields)
            raise ProblemError(Code.INVALID_PARAMETER, f'unknown parameter "{printable(name)}" (known: {known})')
        if len(values) > 1 and name not in REPEATABLE:
            raise ProblemError(Code.INVALID_PARAMETER, f"{name} is given {len(values)} times: give it once")
        given[name] = values if name in REPEATABLE else values[0]
    try:
        return EndpointsQuery.model_validate(given)
    except ValidationError as invalid:
        raise ProblemError(Code.INVALID_PARAMETER, "; ".join(map(_explain, invalid.errors()))) from None


def _explain(error: object) -> str:
    """`limit: should be less than or equal to 1000, not "5000"`."""
    assert isinstance(error, dict)  # noqa: S101 - an ErrorDetails
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    return f'{error["loc"][0]}: {message}, not "{printable(str(error["input"]))}"'
