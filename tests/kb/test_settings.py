"""Settings: config.yaml states every default, a wrong value is named, secrets come from environment or files."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb.errors import Invalid
from kb.settings import SECTION_CLASSES, HotlineSettings, load_settings, section_class

CONFIG = Path(__file__).parents[2] / "config.yaml"
DECLARED = {f"{section}.{f.name}": f.default for section in SECTION_CLASSES for f in fields(section_class(section))}


def listed() -> dict[str, Any]:
    sections = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}


def test_config_yaml_lists_every_setting_with_its_default() -> None:
    assert list(listed()) == list(DECLARED)  # in the order of the code, none missing, none left over
    wrong = {key: (value, DECLARED[key]) for key, value in listed().items()
             if value != DECLARED[key] or type(value) is not type(DECLARED[key])}
    assert wrong == {}, "config.yaml differs from the defaults in the code (listed, default)"


def test_config_yaml_explains_every_setting_with_its_range() -> None:
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    for section in SECTION_CLASSES:
        start = lines.index(f"{section}:")
        for declared in fields(section_class(section)):
            at = next(n for n in range(start, len(lines)) if lines[n].startswith(f"  {declared.name}:"))
            comment = lines[at - 1].replace("_", "")
            assert lines[at - 1].startswith("  # "), f"{section}.{declared.name} has no comment"
            for bound in (declared.metadata["min"], declared.metadata["max"], *(declared.metadata["choices"] or ())):
                assert bound is None or str(bound) in comment, f"{section}.{declared.name}: {bound} is not told"


def test_config_yaml_loads_as_what_the_code_would_do_without_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(CONFIG.read_bytes())
    with_file = load_settings(tmp_path, {})
    (tmp_path / "config.yaml").unlink()
    assert with_file.sections == load_settings(tmp_path, {}).sections


def test_every_setting_is_described_and_its_default_allowed() -> None:
    for section in SECTION_CLASSES:
        for declared in fields(section_class(section)):
            assert declared.metadata["help"], f"{section}.{declared.name}"
    load_settings(CONFIG.parent, {f"KB__{key.upper().replace('.', '__')}": str(value)
                                  for key, value in DECLARED.items()})


@pytest.mark.parametrize(("text", "key"), [
    ("web: {port: 0}", "web.port"), ("web: {port: abc}", "web.port"), ("web: {port: 1.5}", "web.port"),
    ("web: {port: true}", "web.port"), ("web: {port: null}", "web.port"), ("ask: {precision: .nan}", "ask.precision"),
    ("ask: {precision: .inf}", "ask.precision"), ("ask: {precision: 2}", "ask.precision"),
    ("ask: {log_questions: maybe}", "ask.log_questions"), ("hotline: {language: fr}", "hotline.language"),
    ("web: {prot: 1}", "web.prot"), ("nothing: {x: 1}", "nothing"),
])
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        load_settings(tmp_path, {})
    assert caught.value.facts["key"] == key
    assert key in caught.value.message


@pytest.mark.parametrize("text", ["- a", "web: 1", "web:", "a: [", "\xff"])
def test_a_file_that_is_no_settings_file_is_said_to_be_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(Invalid, match=r"config\.yaml"):
        load_settings(tmp_path, {})


def test_the_environment_wins_over_the_file_and_a_file_of_its_own_keeps_secrets(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("hotline: {phone: '1', name_en: A}", encoding="utf-8")
    (tmp_path / "secret").write_text("sqlite:///x\n", encoding="utf-8")
    settings = load_settings(tmp_path, {"KB__HOTLINE__PHONE": "2", "KB__DATABASE__URL_FILE": str(tmp_path / "secret"),
                                        "KBX": "ignored"})
    hotline = settings.section(HotlineSettings)
    assert (hotline.phone, hotline.name_en, settings.database_url) == ("2", "A", "sqlite:///x")


@pytest.mark.parametrize("variable", ["KB__WEB", "KB__NOTHING__X", "KB__", "KB__WEB__PROT"])
def test_an_environment_variable_that_names_no_setting_is_refused(tmp_path: Path, variable: str) -> None:
    with pytest.raises(Invalid):
        load_settings(tmp_path, {variable: "1"})


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="KB__DATABASE__URL_FILE"):
        load_settings(tmp_path, {"KB__DATABASE__URL_FILE": str(tmp_path / "none")})


SECRETS = [(section, f.name) for section in SECTION_CLASSES for f in fields(section_class(section))
           if f.metadata["secret"]]


@pytest.mark.parametrize(("section", "name"), SECRETS)
def test_a_secret_is_taken_from_the_environment_or_a_file_and_refused_in_config_yaml(tmp_path: Path, section: str,
                                                                                     name: str) -> None:
    (tmp_path / "config.yaml").write_text(f"{section}: {{{name}: hidden-words}}", encoding="utf-8")
    with pytest.raises(Invalid, match=f"KB__{section}__{name}_FILE".upper()) as caught:
        load_settings(tmp_path, {})
    assert "hidden-words" not in caught.value.message
    (tmp_path / "config.yaml").write_text(f"{section}: {{{name}: ''}}", encoding="utf-8")
    (tmp_path / "secret").write_text("hidden-words\n", encoding="utf-8")
    variable = f"KB__{section}__{name}".upper()
    for environment in ({variable: "hidden-words"}, {f"{variable}_FILE": str(tmp_path / "secret")}):
        settings = load_settings(tmp_path, environment)
        assert getattr(settings.section(section_class(section)), name) == "hidden-words"
        assert "hidden-words" not in repr(settings)


def test_there_are_secrets() -> None:
    assert ("reader", "key") in SECRETS


@pytest.mark.parametrize(("text", "key"), [
    ("", "reader.url"), ("url: http://127.0.0.1:11434/v1", "reader.model"), ("model: m", "reader.url"),
    ("{url: 127.0.0.1, model: m}", "reader.url"), ("{url: 'file:///etc/passwd', model: m}", "reader.url"),
    ("{url: 'https://name:word@models.example/v1', model: m}", "reader.url"),
    ("{url: 'https://[', model: m}", "reader.url"), ("{url: 'https://', model: m}", "reader.url"),
])
def test_a_reader_that_is_an_endpoint_says_which(tmp_path: Path, text: str, key: str) -> None:
    given = yaml.safe_load(text) or {}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"reader": {"provider": "endpoint", **given}}), "utf-8")
    with pytest.raises(Invalid) as caught:
        load_settings(tmp_path, {})
    assert caught.value.facts["key"] == key
    assert "name:word" not in caught.value.message
