"""The options of a list of targets that is fetched over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import ValidationInfo, field_validator, model_validator

from ocsp_staple_exporter.config.lists import TargetURL
from ocsp_staple_exporter.config.options import Options
from ocsp_staple_exporter.config.values import (
    AuthorizationType,
    Certificates,
    FileName,
    LeftOut,
    ListURL,
    Span,
    Username,
)


class BasicAuthOptions(Options):
    """A user and a password (RFC 7617)."""

    username: Username
    """The user."""

    password_file: FileName
    """The file with the password, and nothing else. It is read for every request."""


class AuthorizationOptions(Options):
    """The header `Authorization`, such as `Bearer` with a token."""

    type: AuthorizationType = "Bearer"
    """The scheme: what stands before the credentials."""

    credentials_file: FileName
    """The file with the credentials, and nothing else. It is read for every request."""


class TargetURLOptions(Options):
    """A list of targets that is fetched over HTTP."""

    url: ListURL
    """Where the list is: it must be answered with status 200 and `Content-Type: application/json`."""

    refresh_interval: Span = TargetURL(url="").refresh_interval
    """From one fetch to the next."""

    basic_auth: Annotated[BasicAuthOptions | None, LeftOut()] = None
    """A user and a password to send along. Default: none."""

    authorization: Annotated[AuthorizationOptions | None, LeftOut()] = None
    """Other credentials to send along. Default: none."""

    ca_file: Annotated[Certificates | None, LeftOut()] = None
    """Certificates (PEM, several; or DER, one) of the authorities to trust. Default: the system's trust store."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """It may be the URL alone."""
        match value:
            case str():
                return {"url": value}
            case dict():
                return value
            case _:
                raise ValueError("must be a URL or a mapping with the key url")

    @field_validator("authorization")
    @classmethod
    def _only_one(cls, given: AuthorizationOptions | None, info: ValidationInfo) -> AuthorizationOptions | None:
        if given and info.data.get("basic_auth"):
            raise ValueError("cannot stand beside basic_auth: one request has one header Authorization")
        return given
