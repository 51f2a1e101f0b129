"""What pydantic found, in plain sentences."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ocsp_staple_exporter.config.words import did_you_mean, nearest, quoted

_SHAPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the messages about one kind of file say beyond what its models tell."""

    missing: Mapping[str, str] = field(default_factory=dict)
    """How to mend that the option of that name is missing."""

    empty: Mapping[str, str] = field(default_factory=dict)
    """How to mend that it is empty."""

    holders: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    """Where else an option may belong, by what people call that place: `a target`."""


def describe(error: ErrorDetails, model: type[BaseModel], written: str, words: Vocabulary) -> str:
    """What is wrong, and how to mend it. `written` is the value's text in the file, where it is a scalar."""
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return _unknown_key(name, _holder(model, error["loc"]), words.holders)
    if error["type"] == "missing":
        return f"missing: {words.missing.get(name, 'it has no default')}"
    if error["input"] is None or error["type"] == "too_short":
        return f"is empty: {words.empty.get(name, 'give it a value or remove it')}"
    if isinstance(error["input"], int | float) and _is_text_without_quotes(error, written):
        kind = "a boolean" if isinstance(error["input"], bool) else "a number"
        return f"{written} is {kind}: write it in quotes, {quoted(written)}"
    return _sentence(error, _shown(error["input"], written))


def _is_text_without_quotes(error: ErrorDetails, written: str) -> bool:
    """Of an enum only where the text in quotes would be one of its words."""
    if error["type"] == "enum":
        return f"'{written}'" in error.get("ctx", {})["expected"]
    return error["type"] == "string_type"


def _sentence(error: ErrorDetails, shown: str) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "enum":
            return _no_choice(error["input"], shown, context["expected"])
        case "greater_than_equal":
            return f"{shown} is too small: at least {context['ge']}"
        case "less_than_equal":
            return f"{shown} is too large: at most {context['le']}"
        case kind if kind in _SHAPES:
            return f"must be {_SHAPES[kind]}, not {shown}"
        case _:
            return error["msg"]


def _no_choice(value: object, shown: str, expected: str) -> str:
    """`expected` is pydantic's: `'auto', 'required' or 'optional'`."""
    near = nearest(value, re.findall("'([^']*)'", expected)) if isinstance(value, str) else None
    question = f" (did you mean {quoted(near)}?)" if near else ""
    return f"{shown} is not accepted{question}: write {expected.replace(chr(39), chr(34))}"


def _shown(value: object, written: str) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return quoted(value)
        case _:
            return written


def _unknown_key(name: str, model: type[BaseModel], holders: Mapping[str, type[BaseModel]]) -> str:
    for holder, other in holders.items():
        if name in other.model_fields:
            return f"unknown key (it is an option of {holder})"
    return f"unknown key ({did_you_mean(name, model.model_fields)})"


def _holder(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model whose key the last part of the path is."""
    for part in path[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models(model.model_fields[part].annotation), model)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a type names: itself, those of a union, or the values of a list or mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models(argument)
