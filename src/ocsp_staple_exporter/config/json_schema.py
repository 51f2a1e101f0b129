"""The options as JSON Schema (draft 2020-12), for editors that complete and check while one types.

It is stricter nowhere than the loader. Laxer it is where values need computing: names are not looked up
among the modules, files are not read, two targets may have one name.
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, JsonValue, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ocsp_staple_exporter.config import patterns
from ocsp_staple_exporter.config.durations import format_duration
from ocsp_staple_exporter.config.list_options import TargetURLOptions
from ocsp_staple_exporter.config.schema import Document
from ocsp_staple_exporter.config.target_options import TargetOptions
from ocsp_staple_exporter.config.values import Section

_SOMETHING_TO_DO: Final[list[JsonValue]] = [
    {"required": ["targets"], "properties": {"targets": {"type": "array", "minItems": 1}}},
    {"required": ["target_files"], "properties": {"target_files": {"type": "array", "minItems": 1}}},
    {"required": ["target_urls"], "properties": {"target_urls": {"type": "array", "minItems": 1}}},
    {"required": ["modules"]},
    {"required": ["probe"]},
]


_Target = Annotated[str, WithJsonSchema(patterns.HOST_PORT)] | TargetOptions
_TargetURL = Annotated[str, WithJsonSchema(patterns.LIST_URL)] | TargetURLOptions


class _WrittenDocument(Document):
    """What ocsp-staple-exporter watches, and how."""

    model_config = ConfigDict(
        title="Configuration of ocsp-staple-exporter", json_schema_extra={"anyOf": _SOMETHING_TO_DO}
    )

    targets: Annotated[list[_Target], Section(list)] = []  # noqa: RUF012 - pydantic copies it
    """What to watch. May be left out where there are lists, modules or a section `probe`."""

    target_urls: Annotated[list[_TargetURL], Section(list)] = []  # type: ignore[assignment]  # noqa: RUF012 - as above
    """URLs of more targets in Prometheus's http_sd format, fetched again and again."""


def json_schema() -> dict[str, Any]:
    """The schema of the config file."""
    schema = _WrittenDocument.model_json_schema(schema_generator=_Generator)
    return {"$schema": _Generator.schema_dialect, **_with_flowing_descriptions(schema)}


def _with_flowing_descriptions(schema: dict[str, Any]) -> dict[str, Any]:
    """Docstrings have line breaks where the source has."""
    return {key: _flowing(key, value) for key, value in schema.items()}


def _flowing(key: str, value: object) -> object:
    match value:
        case dict():
            return _with_flowing_descriptions(value)
        case str() if key == "description":
            return " ".join(value.split())
        case _:
            return value


class _Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  pydantic's signature
        """A title made from the option's name would only repeat it."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """No default is not the default null."""
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def encode_default(self, dft: object) -> object:
        """As it is written in the file."""
        match dft:
            case timedelta():
                return format_duration(dft)
            case enum.Enum():
                return dft.value
            case list():
                return [self.encode_default(item) for item in dft]
            case BaseModel():
                return {}
            case _:
                return super().encode_default(dft)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """As pydantic's, which would let keys pass that do not match their pattern."""
        return {
            "type": "object",
            "propertyNames": self.generate_inner(schema["keys_schema"]),
            "additionalProperties": self.generate_inner(schema["values_schema"]),
        }
