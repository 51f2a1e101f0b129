"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import enum
from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from pydantic import Field

from ocsp_staple_exporter.documents import Document

MEDIA_TYPE = "application/problem+json"


class Code(enum.Enum):
    """What went wrong, for programs. Values are a public contract."""

    INVALID_PARAMETER = "invalid_parameter"
    PROBING_DISABLED = "probing_disabled"
    CROSS_SITE_REQUEST = "cross_site_request"
    NOT_FOUND = "not_found"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INTERNAL_ERROR = "internal_error"


STATUSES = {
    Code.INVALID_PARAMETER: HTTPStatus.BAD_REQUEST,
    Code.PROBING_DISABLED: HTTPStatus.FORBIDDEN,
    Code.CROSS_SITE_REQUEST: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.UNKNOWN_ENDPOINT: HTTPStatus.NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Problem(Document):
    """Why a request was not answered (RFC 9457)."""

    type: Annotated[str, Field(examples=["about:blank"])] = "about:blank"
    """Always `about:blank`: `code` tells problems apart."""

    title: Annotated[str, Field(examples=["Not Found"])]
    """The status in words."""

    status: Annotated[int, Field(examples=[404])]
    """The HTTP status."""

    code: Code
    detail: Annotated[str, Field(examples=["no endpoint has the id 0123456789abcdef: see /api/v1/endpoints"])]
    """For people: what is wrong, and how it is mended."""


class ProblemError(Exception):
    """Raised by a handler that cannot answer; the text is for the client."""

    def __init__(self, code: Code, detail: str, *, allow: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.allow = allow
        """The methods that the path knows, for a 405."""

    def response(self) -> web.Response:
        status = STATUSES[self.code]
        problem = Problem(title=status.phrase, status=status, code=self.code, detail=self.detail)
        headers = {"Cache-Control": "no-store"} | ({"Allow": self.allow} if self.allow else {})
        body = problem.model_dump_json().encode() + b"\n"
        return web.Response(status=status, body=body, content_type=MEDIA_TYPE, headers=headers)
