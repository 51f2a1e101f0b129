"""Reading and validating for other files than the config: models and words come from elsewhere."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ocsp_staple_exporter.config.document import read_mapping
from ocsp_staple_exporter.config.messages import Vocabulary
from ocsp_staple_exporter.config.problems import ConfigError
from ocsp_staple_exporter.config.validation import validate


class Colour(enum.Enum):
    GREEN = "green"
    BLUE = "blue"


class Wheel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    spokes: int


class Bicycle(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    colour: Annotated[Colour, Field(strict=False)] = Colour.GREEN
    wheels: list[Wheel] = []
    front: Wheel | None = None
    by_name: dict[str, Wheel] = {}
    owner: str

    @field_validator("owner")
    @classmethod
    def _known(cls, owner: str, info: ValidationInfo) -> str:
        if owner not in (info.context or ()):
            raise ValueError("nobody of that name")
        return owner


WORDS = Vocabulary(missing={"owner": "say whose it is"}, empty={"colour": "paint it"}, holders={"a wheel": Wheel})


def read(text: str) -> tuple[Bicycle | None, list[str]]:
    Path("b.yaml").write_text(text, encoding="utf-8")
    value, report = read_mapping(Path("b.yaml"), "colour")
    bicycle = validate(Bicycle, value, (), report, {"ada"}, WORDS)
    return bicycle, [str(problem) for problem in report.error().problems]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_sound_file_is_the_model_and_no_problem() -> None:
    bicycle, problems = read("owner: ada\ncolour: blue\nwheels: [{spokes: 36}]")
    assert bicycle == Bicycle.model_construct(colour=Colour.BLUE, wheels=[Wheel(spokes=36)], owner="ada")
    assert problems == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "b.yaml:1:1: owner: missing: say whose it is"),
        ("owner: bob", "b.yaml:1:8: owner: nobody of that name"),
        ("owner: ada\ncolour:", "b.yaml:2:8: colour: is empty: paint it"),
        (
            "owner: ada\ncolour: gren",
            'b.yaml:2:9: colour: "gren" is not accepted (did you mean "green"?): write "green" or "blue"',
        ),
        ("owner: ada\nspokes: 3", "b.yaml:2:1: spokes: unknown key (it is an option of a wheel)"),
        (
            "owner: ada\nwheels:\n- spokes: 3\n- {spokes: 3, tire: x}",
            "b.yaml:4:15: wheels[1].tire: unknown key (known: spokes)",
        ),
        ("owner: ada\nfront: {spoke: 3, spokes: 3}", 'b.yaml:2:9: front.spoke: unknown key (did you mean "spokes"?)'),
        (
            "owner: ada\nby_name: {front: {spoke: 3, spokes: 3}}",
            'b.yaml:2:19: by_name.front.spoke: unknown key (did you mean "spokes"?)',
        ),
    ],
)
def test_a_fault_is_told_in_the_words_of_that_file(text: str, message: str) -> None:
    assert read(text) == (None, [message])


def test_an_empty_file_is_an_empty_mapping() -> None:
    Path("b.yaml").write_bytes(b"# nothing\n")
    value, report = read_mapping(Path("b.yaml"), "colour")
    assert value == {}
    assert report.problems == []


def test_faults_of_the_yaml_stand_in_the_report_already() -> None:
    Path("b.yaml").write_bytes(b"owner: ada\nowner: ada")
    _, report = read_mapping(Path("b.yaml"), "colour")
    assert [problem.line for problem in report.problems] == [2]


def test_what_is_no_mapping_is_told_with_how_such_a_file_begins() -> None:
    Path("b.yaml").write_bytes(b"[ada]")
    with pytest.raises(ConfigError, match=r'b\.yaml:1:1: must be a mapping that begins with a key, as in "colour:"'):
        read_mapping(Path("b.yaml"), "colour")
