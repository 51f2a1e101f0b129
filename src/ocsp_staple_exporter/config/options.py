"""What all sections of the config file have in common: strict, frozen, and no key that is not known.

The docstrings of classes and options are for editors too: they go into the JSON Schema (json_schema.py).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        model_title_generator=lambda model: model.__name__.removesuffix("Options"),
    )
