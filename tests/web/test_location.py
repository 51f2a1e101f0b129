from __future__ import annotations

import pytest

from ocsp_staple_exporter.web.location import parse_external_url, parse_route_prefix, route_prefix


@pytest.mark.parametrize(
    ("text", "url", "prefix"),
    [
        ("http://localhost:10627", "http://localhost:10627", ""),
        ("https://monitoring.example.com/", "https://monitoring.example.com", ""),
        ("https://monitoring.example.com/staples/", "https://monitoring.example.com/staples", "/staples"),
        ("https://[::1]:8443/a/b", "https://[::1]:8443/a/b", "/a/b"),
        ("https://example.com/é", "https://example.com/%C3%A9", "/%C3%A9"),
        ("https://example.com/%C3%A9", "https://example.com/%C3%A9", "/%C3%A9"),
    ],
)
def test_the_prefix_is_the_path_of_the_external_url(text: str, url: str, prefix: str) -> None:
    assert parse_external_url(text) == url
    assert route_prefix(url) == prefix


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", '"" is no URL: write it as in https://monitoring.example.com/staples'),
        ("/staples", '"/staples" is no URL: write it as in https://monitoring.example.com/staples'),
        ("ftp://example.com", "is no URL"),
        ("http://", "is no URL"),
        ("http://example.com:99999", "is no URL"),
        ("http://[::1", "is no URL"),
        ("'http://example.com'", "is no URL"),
        ("http://example.com/a b", "is no URL"),
        ("http://example.com/a\r\nSet-Cookie: b", "is no URL"),
        ("http://example.com/?a=b", "has a query or a fragment: end it with the path"),
        ("http://example.com/a//b", "is no path"),
    ],
)
def test_what_is_no_url_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is looked at
        parse_external_url(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("", ""), ("/", ""), ("staples", "/staples"), ("/staples/", "/staples"), ("/a/b-c_d.e", "/a/b-c_d.e")],
)
def test_a_prefix_begins_with_a_slash_and_ends_without(text: str, prefix: str) -> None:
    assert parse_route_prefix(text) == prefix


@pytest.mark.parametrize("text", ["/a?b", "/a#b", "/a b", "/{name}", "http://example.com/a", "/a//b", "\\a", "/a\n"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no path: write it as in /staples"):
        parse_route_prefix(text)
