"""Lists in Prometheus's format, as they are written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocsp_staple_exporter.discovery import entries as entries_module
from ocsp_staple_exporter.discovery import groups as groups_module
from ocsp_staple_exporter.discovery.entries import Entries, Terms
from ocsp_staple_exporter.discovery.groups import ListError
from ocsp_staple_exporter.discovery.reading import read_file_of_list, read_json, read_yaml
from ocsp_staple_exporter.model import Module, StartTLS, Target
from ocsp_staple_exporter.sharding import Shard

DEFAULT, STRICT = Module(), Module(name="strict", server_name="sni.example.com")
QUIET = Module(name="quiet", sni=False)
TERMS = Terms({"default": DEFAULT, "strict": STRICT, "quiet": QUIET})

JSON = """[
  {"targets": ["www.example.com", "mail.example.com:465", "[2001:db8::1]:8443"], "labels": {"team": "web"}},
  {"targets": ["192.0.2.7:443"]}
]"""
YAML = """# the same
- targets: [www.example.com, "mail.example.com:465", "[2001:db8::1]:8443"]
  labels:
    team: web
- targets:
    - 192.0.2.7:443
"""


def of_json(value: object, terms: Terms = TERMS) -> Entries:
    return read_json(json.dumps(value).encode(), "x.json", terms)


def one(labels: dict[str, str], address: str = "www.example.com", terms: Terms = TERMS) -> Target:
    (target,) = of_json([{"targets": [address], "labels": labels}], terms).targets.values()
    return target


def problems_of_json(text: str | bytes, terms: Terms = TERMS) -> list[str]:
    with pytest.raises(ListError) as caught:
        read_json(text if isinstance(text, bytes) else text.encode(), "x.json", terms)
    return list(map(str, caught.value.problems))


def problems_of_yaml(text: str) -> list[str]:
    with pytest.raises(ListError) as caught:
        read_yaml(text.encode(), "x.yaml", TERMS)
    return list(map(str, caught.value.problems))


def test_json_and_yaml_give_the_same_targets() -> None:
    targets = read_json(JSON.encode(), "x.json", TERMS).targets
    assert targets == read_yaml(YAML.encode(), "x.yaml", TERMS).targets
    assert list(targets) == ["www.example.com:443", "mail.example.com:465", "[2001:db8::1]:8443", "192.0.2.7:443"]
    assert targets["[2001:db8::1]:8443"] == Target(
        name="[2001:db8::1]:8443",
        host="2001:db8::1",
        port=8443,
        server_name=None,
        module=DEFAULT,
        labels=(("team", "web"),),
    )


@pytest.mark.parametrize(("name", "text"), [("A.JSON", JSON), ("b.yaml", YAML), ("c.YML", YAML)])
def test_the_end_of_a_files_name_tells_its_format(name: str, text: str) -> None:
    assert len(read_file_of_list(text.encode(), Path(name), TERMS).targets) == 4


@pytest.mark.parametrize("text", ["[]", " [ ]\n", "\ufeff[]"])
def test_a_list_may_be_empty(text: str) -> None:
    assert not read_json(text.encode(), "x.json", TERMS).targets
    assert not read_yaml(text.encode(), "x.yaml", TERMS).targets


def test_parameters_of_probe_mean_the_same() -> None:
    target = one(
        {"__param_target": "real.example.com:8443", "__param_module": "strict", "__param_server_name": "a.example.org"},
        "exporter.example.com:10627",
    )
    assert (target.name, target.host, target.port) == ("real.example.com:8443", "real.example.com", 8443)
    assert (target.module, target.server_name) == (STRICT, "a.example.org")


def test_a_module_gives_the_server_name_where_the_list_does_not() -> None:
    assert one({"__param_module": "strict"}).server_name == "sni.example.com"
    assert one({}).server_name == "www.example.com"


def test_a_module_says_that_names_are_not_sent() -> None:
    target = one({"__param_module": "quiet"})
    assert (target.server_name, target.certificate_name) == (None, "www.example.com")


def test_a_name_may_be_kept_to_ourselves() -> None:
    silent = one({"__param_sni": "false"})
    assert (silent.server_name, silent.certificate_name) == (None, "www.example.com")
    terms = Terms({"default": Module(sni=False)})
    assert one({}, terms=terms).certificate_name == "www.example.com"
    assert one({"__param_sni": "true"}, terms=terms).server_name == "www.example.com"


def test_the_port_is_the_modules_where_the_entry_has_none() -> None:
    terms = Terms({"default": Module(starttls=StartTLS.SMTP)})
    assert one({}, terms=terms).port == 25
    assert one({}, "www.example.com:587", terms=terms).port == 587


def test_the_label_target_is_the_name() -> None:
    target = one({"target": "shop", "team": "web"})
    assert (target.name, target.labels) == ("shop", (("team", "web"),))


def test_labels_with_two_underscores_and_labels_without_text_end_here() -> None:
    assert one({"__meta_datacenter": "dc1", "__address__": "x", "empty": "", "tier": "1"}).labels == (("tier", "1"),)


def test_plain_words_of_yaml_are_text() -> None:
    text = "- targets: [www.example.com]\n  labels: {tier: 1, on: yes, ratio: 1.50, none: ''}\n"
    (target,) = read_yaml(text.encode(), "x.yaml", TERMS).targets.values()
    assert target.labels == (("on", "yes"), ("ratio", "1.50"), ("tier", "1"))


def test_anchors_of_yaml_are_understood() -> None:
    text = "- targets: [a.example.com]\n  labels: &l {team: web}\n- targets: [b.example.com]\n  labels: *l\n"
    targets = read_yaml(text.encode(), "x.yaml", TERMS).targets.values()
    assert [target.labels for target in targets] == [(("team", "web"),)] * 2


def test_the_first_of_a_name_counts_and_the_others_are_counted() -> None:
    entries = of_json(
        [
            {"targets": ["a.example.com", "A.example.com:443"], "labels": {"team": "first"}},
            {"targets": ["a.example.com"], "labels": {"team": "second"}},
        ]
    )
    assert [target.labels for target in entries.targets.values()] == [(("team", "first"),)]
    assert entries.repeated == 2


def test_each_shard_takes_its_part_and_all_take_everything() -> None:
    names = [f"host-{number}.example.com" for number in range(100)]
    value = [{"targets": [*names, names[0]]}]
    shards = [of_json(value, Terms(TERMS.modules, Shard(ordinal, 3))) for ordinal in range(3)]
    taken = [name for entries in shards for name in entries.targets]
    assert sorted(taken) == sorted(of_json(value).targets)
    assert all(len(entries.targets) + entries.of_other_shards == 100 for entries in shards)
    assert all(entries.repeated == 1 for entries in shards)
    assert all(20 < len(entries.targets) < 50 for entries in shards)


def test_the_part_of_a_shard_goes_by_what_is_probed() -> None:
    labels = [{"__param_target": f"host-{number}.example.com"} for number in range(20)]
    value = [{"targets": ["exporter:10627"], "labels": of_one} for of_one in labels]
    assert 0 < len(of_json(value, Terms(TERMS.modules, Shard(0, 2))).targets) < 20


def test_what_did_not_change_is_the_very_same_object() -> None:
    before = of_json([{"targets": ["a.example.com", "b.example.com"]}]).targets
    changed = json.dumps([{"targets": ["a.example.com"]}, {"targets": ["b.example.com"], "labels": {"x": "y"}}])
    after = read_json(changed.encode(), "x.json", TERMS, before).targets
    assert after["a.example.com:443"] is before["a.example.com:443"]
    assert after["b.example.com:443"].labels == (("x", "y"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "x.json:1:1: is empty: a list without targets is written []"),
        (" \n", "x.json:1:1: is empty: a list without targets is written []"),
        ("{}", "x.json:1:1: must be a list of groups"),
        ("null", "x.json:1:1: must be a list of groups"),
        ('[\n {"targets": ["a"]},\n {"targets": ["b"', "x.json:3:18: is not valid JSON: expecting ',' delimiter"),
        ('[{"targets": ["a"]}', "x.json:1:20: is not valid JSON: a comma or ] is missing"),
        ('[{"targets": ["a"]} {"targets": []}]', "x.json:1:21: is not valid JSON: a comma or ] is missing"),
        ('[{"targets": ["a"]},]', "x.json:1:21: is not valid JSON: expecting value"),
        ("[] []", "x.json:1:4: is not valid JSON: there is more behind the list"),
        ("[" * 100_000, "x.json:1:2: is not valid JSON: maximum recursion depth"),
        (b"\xff[]", "x.json:1:1: is not UTF-8 text"),
    ],
)
def test_what_is_no_list_in_json_is_told_with_its_place(text: str | bytes, problem: str) -> None:
    (told,) = problems_of_json(text)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# nothing\n", "x.yaml:1:1: is empty: a list without targets is written []"),
        ("targets: []\n", "x.yaml:1:1: must be a list of groups"),
        ("- targets: [a\n- targets: [b]\n", "x.yaml:2:10: the list opened with"),
        ("- targets: [a]\n  targets: [b]\n", 'x.yaml:2:3: duplicate key "targets"'),
        ("- targets: [a]\n---\n[]\n", "x.yaml:2:1: a second YAML document"),
        ("- targets: [a\x07]\n", "x.yaml:1:14: control character U+0007"),
    ],
)
def test_what_is_no_list_in_yaml_is_told_with_its_place(text: str, problem: str) -> None:
    (told,) = problems_of_yaml(text)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("group", "problem"),
    [
        ("x", "[0]: must be a mapping with the key targets"),
        ({}, "[0].targets: missing"),
        ({"targets": "a"}, "[0].targets: must be a list of host[:port]"),
        ({"target": ["a"]}, '[0].target: unknown key (did you mean "targets"?)'),
        ({"targets": [1]}, '[0].targets[0]: must be text, "host[:port]"'),
        ({"targets": ["https://a.example.com/"]}, "is a URL: drop its scheme and path"),
        ({"targets": ["*.example.com"]}, "a wildcard names no host"),
        ({"targets": ["a:99999"]}, 'port "99999" is no whole number'),
        ({"targets": [], "labels": []}, "[0].labels: must be a mapping"),
        ({"targets": [], "labels": {"tier": 1}}, "[0].labels.tier: must be text"),
        ({"targets": [], "labels": {"tier": ["1"]}}, "[0].labels.tier: must be text"),
        ({"targets": [], "labels": {"job": "x"}}, "[0].labels.job: Prometheus sets this label itself"),
        ({"targets": [], "labels": {"a-b": "x"}}, "[0].labels.a-b: a label's name has letters"),
        ({"targets": [], "labels": {"a": "x\n"}}, "[0].labels.a: "),
        ({"targets": [], "labels": {"__param_module": "strikt"}}, '(did you mean "strict"?)'),
        ({"targets": [], "labels": {"__param_server_name": "192.0.2.1"}}, "is an IP address, which SNI cannot carry"),
        ({"targets": [], "labels": {"__param_sni": "no"}}, '[0].labels.__param_sni: "no" is neither true nor false'),
        ({"targets": ["x"], "labels": {"__param_target": "a b"}}, '[0].labels.__param_target: "a b" is no host name'),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_with_its_place(group: object, problem: str) -> None:
    (told,) = problems_of_json("[\n" + json.dumps(group) + "]")
    assert told.startswith("x.json:2:1: ")
    assert problem in told


def test_yaml_tells_the_line_of_the_entry_itself() -> None:
    text = "- targets:\n    - a.example.com\n    - '*.example.com'\n  labels:\n    job: x\n"
    assert [told.partition(": ")[0] for told in problems_of_yaml(text)] == ["x.yaml:5:10"]
    assert problems_of_yaml(text.replace("job", "jobs"))[0].startswith("x.yaml:3:7: [0].targets[1]: ")


def test_of_many_problems_the_first_are_told() -> None:
    assert len(problems_of_json(json.dumps([{"targets": ["*"] * 100_000}]))) == entries_module.MOST_PROBLEMS


def test_more_targets_than_one_list_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries_module, "MOST_TARGETS", 10)
    of_json([{"targets": [f"a{number}" for number in range(10)]}])
    (told,) = problems_of_json(json.dumps([{"targets": [f"a{number}" for number in range(11)]}]))
    assert "holds more than 10 targets: divide it among several lists" in told


def test_a_list_of_a_million_is_refused_with_a_word() -> None:
    (told,) = problems_of_json(json.dumps([{"targets": [f"a{number}" for number in range(1_000_000)]}]))
    assert told == "x.json:1:2: holds more than 250000 targets: divide it among several lists"


def test_a_text_that_would_swell_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups_module, "MOST_VALUES", 100)
    (told,) = problems_of_json("[" + "[]," * 100 + "[]]")
    assert told == "x.json:1:1: holds more than 100 values"
