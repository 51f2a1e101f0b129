"""The kinds of values that options take.

Each is read by a function that raises ValueError, whose text says what is wrong. What
they need to know from outside, the modules that exist and the files beside the config,
comes in as the `Surroundings` of a validation.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from types import NoneType
from typing import Annotated, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import no_info_before_validator_function

from ocsp_staple_exporter.config import patterns
from ocsp_staple_exporter.config.allowed import parse_allowed
from ocsp_staple_exporter.config.durations import parse_duration
from ocsp_staple_exporter.config.hosts import LARGEST_PORT, Host, is_address, parse_host, parse_name
from ocsp_staple_exporter.config.lists import parse_file_name, parse_pattern, parse_url
from ocsp_staple_exporter.config.names import parse_label_name, parse_label_value, parse_target_name
from ocsp_staple_exporter.config.permission import Network
from ocsp_staple_exporter.config.proxies import parse_proxy_url
from ocsp_staple_exporter.config.words import did_you_mean, quoted
from ocsp_staple_exporter.model import (
    Addresses,
    IPFamily,
    KeyType,
    Proxy,
    ProxyProtocol,
    StaplePolicy,
    StartTLS,
    TLSVersion,
)

DEFAULT_MODULE = "default"
"""The module of targets that name none; it exists even where the file does not define it."""


Word = TypeVar("Word", bound=enum.Enum)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the options refer to."""

    modules: Collection[str]
    read_certificates: Callable[[str], tuple[bytes, ...]]
    """Reads the file of that name; raises ValueError."""

    read_password: Callable[[str], str]
    """Likewise."""


def _require_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise PydanticKnownError("string_type")


def _duration(value: object) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return parse_duration(_require_text(value))


def _positive(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("must be longer than 0s")
    return length


def _host(value: object) -> Host:
    return parse_host(_require_text(value))


def _server_name(text: str) -> str:
    if is_address(text):
        raise ValueError(f"{quoted(text)} is an IP address, which SNI cannot carry: give a DNS name or remove the key")
    return parse_name(text)


def _certificates(value: object, info: ValidationInfo[Surroundings]) -> tuple[bytes, ...]:
    return info.context.read_certificates(_require_text(value))


def _proxy_url(value: object) -> Proxy:
    return parse_proxy_url(_require_text(value))


def _password(value: object, info: ValidationInfo[Surroundings]) -> str:
    return info.context.read_password(_require_text(value))


def _source_address(value: object) -> str:
    text = _require_text(value)
    if not is_address(text):
        raise ValueError(f"{quoted(text)} is no IP address")
    return parse_host(text).resolved


def _allowed(value: object) -> str | Network:
    return parse_allowed(_require_text(value))


def _user_name(text: str) -> str:
    if ":" in text:
        raise ValueError(f"{quoted(text)} holds a colon, which ends the name of a user (RFC 7617)")
    return parse_target_name(text)


def _scheme(text: str) -> str:
    if not re.fullmatch(patterns.AUTHORIZATION_SCHEME, text):
        raise ValueError(f"{quoted(text)} is no scheme: write a word such as Bearer")
    return text


def _module_name(text: str, info: ValidationInfo[Surroundings]) -> str:
    if text != DEFAULT_MODULE and text not in info.context.modules:
        known = {DEFAULT_MODULE, *info.context.modules}
        raise ValueError(f"{quoted(text)} is not defined under modules ({did_you_mean(text, known)})")
    return text


def _distinct(words: list[Word]) -> list[Word]:
    for number, word in enumerate(words):
        if word in words[:number]:
            raise ValueError(f"{quoted(word.value)} stands there twice: remove one")
    return words


@dataclass(frozen=True, slots=True)
class Section:
    """A section whose entries are all commented out is null in YAML, and stands for an empty one."""

    empty: Callable[[], object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self._fill, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "null"}]}

    def _fill(self, value: object) -> object:
        return self.empty() if value is None else value


class LeftOut:
    """For `X | None = None`: None is what the option is when it is left out, and null in the file is a fault."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        (kind,) = (argument for argument in get_args(source) if argument is not NoneType)
        return handler.generate_schema(kind)


Distinct = Annotated[
    list[Word], Field(min_length=1, json_schema_extra={"uniqueItems": True}), AfterValidator(_distinct)
]
Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(patterns.DURATION)]
Span = Annotated[Duration, AfterValidator(_positive), WithJsonSchema(patterns.SPAN)]
Port = Annotated[int, Field(ge=1, le=LARGEST_PORT)]
HostOption = Annotated[Host, PlainValidator(_host), WithJsonSchema(patterns.HOST)]
ServerName = Annotated[str, AfterValidator(_server_name), WithJsonSchema(patterns.SERVER_NAME)]
Certificates = Annotated[tuple[bytes, ...], PlainValidator(_certificates), WithJsonSchema(patterns.FILE)]
FileName = Annotated[str, AfterValidator(parse_file_name), WithJsonSchema(patterns.FILE_NAME)]
ListFile = Annotated[str, AfterValidator(parse_pattern), WithJsonSchema(patterns.LIST_FILE)]
ListURL = Annotated[str, AfterValidator(parse_url), WithJsonSchema(patterns.LIST_URL)]
Username = Annotated[str, AfterValidator(_user_name), WithJsonSchema(patterns.USERNAME)]
AuthorizationType = Annotated[str, AfterValidator(_scheme), WithJsonSchema(patterns.AUTHORIZATION_TYPE)]
ProxyURL = Annotated[Proxy, PlainValidator(_proxy_url), WithJsonSchema(patterns.PROXY_URL)]
Password = Annotated[str, PlainValidator(_password), WithJsonSchema(patterns.PASSWORD_FILE)]
SourceAddress = Annotated[str, PlainValidator(_source_address), WithJsonSchema(patterns.ADDRESS)]
Allowed = Annotated[str | Network, PlainValidator(_allowed), WithJsonSchema(patterns.ALLOWED)]
Name = Annotated[str, AfterValidator(parse_target_name), WithJsonSchema(patterns.NAME)]
ModuleName = Annotated[str, AfterValidator(_module_name), WithJsonSchema(patterns.MODULE_NAME)]
LabelName = Annotated[str, AfterValidator(parse_label_name), WithJsonSchema(patterns.LABEL_NAME)]
LabelValue = Annotated[str, AfterValidator(parse_label_value), WithJsonSchema(patterns.LABEL_VALUE)]
Labels = Annotated[dict[LabelName, LabelValue], Section(dict)]
# Not strict: a word of the file stands for the member of the enum.
TLSVersionOption = Annotated[TLSVersion, Field(strict=False), WithJsonSchema(patterns.one_of(TLSVersion))]
AddressesOption = Annotated[Addresses, Field(strict=False), WithJsonSchema(patterns.one_of(Addresses))]
KeyTypeOption = Annotated[KeyType, Field(strict=False), WithJsonSchema(patterns.one_of(KeyType))]
IPFamilyOption = Annotated[IPFamily, Field(strict=False), WithJsonSchema(patterns.one_of(IPFamily))]
StartTLSOption = Annotated[StartTLS, Field(strict=False), WithJsonSchema(patterns.one_of(StartTLS))]
StaplePolicyOption = Annotated[StaplePolicy, Field(strict=False), WithJsonSchema(patterns.one_of(StaplePolicy))]
ProxyProtocolOption = Annotated[ProxyProtocol, Field(strict=False), WithJsonSchema(patterns.one_of(ProxyProtocol))]
