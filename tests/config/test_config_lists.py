"""`target_files` and `target_urls`: where lists of targets come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import ConfigError, load_config
from ocsp_staple_exporter.config.lists import Authorization, BasicAuth, TargetLists
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import pem

TWO_CREDENTIALS = """
target_urls:
  - url: http://x/
    basic_auth: {username: a, password_file: x}
    authorization: {credentials_file: y}
"""


def lists_of(directory: Path, text: str) -> TargetLists:
    path = directory / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path).lists


def problems_of(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        lists_of(directory, text)
    return [str(problem).removeprefix(f"{directory}/config.yaml:") for problem in caught.value.problems]


def test_files_are_sought_beside_the_configuration(tmp_path: Path) -> None:
    lists = lists_of(tmp_path, "target_files: [a.json, sub/*.yaml, /etc/b.YML]\n")
    assert lists.files == (tmp_path / "a.json", tmp_path / "sub" / "*.yaml", Path("/etc/b.YML"))


def test_a_url_may_stand_alone_or_have_more_to_say(tmp_path: Path) -> None:
    authority = Authority.root(now=datetime.now(UTC)).der
    (tmp_path / "ca.pem").write_bytes(pem(authority))
    text = """
target_urls:
  - http://a.example.com/list
  - {url: "https://b.example.com/", refresh_interval: 5m, ca_file: ca.pem,
     basic_auth: {username: us, password_file: secret}}
  - {url: "https://c.example.com/", authorization: {credentials_file: /run/token}}
"""
    plain, basic, bearer = lists_of(tmp_path, text).urls
    assert (plain.url, plain.refresh_interval) == ("http://a.example.com/list", timedelta(minutes=1))
    assert (basic.refresh_interval, basic.trust_anchors) == (timedelta(minutes=5), (authority,))
    assert basic.basic_auth == BasicAuth(username="us", password_file=tmp_path / "secret")
    assert bearer.authorization == Authorization(type="Bearer", credentials_file=Path("/run/token"))


def test_lists_alone_are_something_to_do(tmp_path: Path) -> None:
    assert lists_of(tmp_path, "target_files: [a.json]\n")
    assert lists_of(tmp_path, "target_urls: [http://a.example.com/]\n")
    assert "list what to probe" in problems_of(tmp_path, "target_files: []\ntarget_urls:\n")[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("target_files: [a.txt]", '1:16: target_files[0]: "a.txt" must end in .json, .yml or .yaml'),
        ("target_files: ['']", "1:16: target_files[0]: is empty: name a file"),
        ("target_files: a.json", '1:15: target_files: must be a list, not "a.json"'),
        ("target_files: [a.json, a.json]", '1:24: target_files[1]: "a.json" is already target_files[0]'),
        ("target_urls: [file:///etc/passwd]", '1:15: target_urls[0]: "file:///etc/passwd" is no URL of a list'),
        ("target_urls: [example.com]", '1:15: target_urls[0]: "example.com" is no URL of a list'),
        ("target_urls: ['http://a:b@x.example.com/']", "1:15: target_urls[0]: holds a user or a password"),
        ("target_urls: ['http://x.example.com/#a']", "holds a fragment, which no server sees"),
        ("target_urls: ['http://[::1/']", "is no URL"),
        ("target_urls: [1]", "1:15: target_urls[0]: must be a URL or a mapping with the key url"),
        ("target_urls: [{refresh_interval: 1m}]", "target_urls[0].url: missing: say where the list is"),
        ("target_urls: [{url: 'http://x/', refresh_interval: 0s}]", "must be longer than 0s"),
        ("target_urls: ['http://x/', 'http://x/']", "is already target_urls[0]: remove one"),
        ("target_urls: [{url: 'http://x/', basic_auth: {username: 'a:b', password_file: x}}]", "holds a colon"),
        ("target_urls: [{url: 'http://x/', basic_auth: {username: a}}]", "password_file: missing: name the file"),
        ("target_urls: [{url: 'http://x/', authorization: {type: 'a b', credentials_file: x}}]", '"a b" is no scheme'),
        (TWO_CREDENTIALS, "cannot stand beside basic_auth"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (told,) = problems_of(tmp_path, text)
    assert problem in told


def test_a_password_in_a_url_is_not_shown(tmp_path: Path) -> None:
    assert "geheim" not in "".join(problems_of(tmp_path, "target_urls: ['http://us:geheim@x.example.com/']"))
