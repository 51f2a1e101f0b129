"""What pydantic found, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ocsp_staple_exporter.config.schema import Document, LimitsOptions, ModuleOptions, TargetOptions
from ocsp_staple_exporter.config.words import did_you_mean, quoted

_MISSING = {"host": "say which host to probe", "targets": "list what to probe"}
_EMPTY = {"targets": "there is nothing to watch, list at least one target", "tls_versions": "name at least one"}
_SHAPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_HOLDERS: Mapping[str, type[BaseModel]] = {
    "limits": LimitsOptions,
    "a module": ModuleOptions,
    "a target": TargetOptions,
}


def describe(error: ErrorDetails, model: type[BaseModel], written: str) -> str:
    """What is wrong, and how to mend it. `written` is the value's text in the file, where it is a scalar."""
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return _unknown_key(name, _holder(model, error["loc"]))
    if error["type"] == "missing":
        return f"missing: {_MISSING.get(name, 'it has no default')}"
    if error["input"] is None or error["type"] == "too_short":
        return f"is empty: {_EMPTY.get(name, 'give it a value or remove it')}"
    if error["type"] in {"string_type", "enum"} and isinstance(error["input"], int | float):
        kind = "a boolean" if isinstance(error["input"], bool) else "a number"
        return f"{written} is {kind}: write it in quotes, {quoted(written)}"
    return _sentence(error, _shown(error["input"], written))


def _sentence(error: ErrorDetails, shown: str) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "enum":
            return f"{shown} is not accepted: write {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than_equal":
            return f"{shown} is too small: at least {context['ge']}"
        case "less_than_equal":
            return f"{shown} is too large: at most {context['le']}"
        case kind if kind in _SHAPES:
            return f"must be {_SHAPES[kind]}, not {shown}"
        case _:
            return error["msg"]


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


def _unknown_key(name: str, model: type[BaseModel]) -> str:
    for holder, other in _HOLDERS.items():
        if name in other.model_fields:
            return f"unknown key (it is an option of {holder})"
    return f"unknown key ({did_you_mean(name, model.model_fields)})"


def _holder(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model whose key the last part of the path is."""
    if model is Document and len(path) > 1:
        return LimitsOptions if path[0] == "limits" else ModuleOptions
    return model
