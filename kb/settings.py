"""Settings: config.yaml, overridden by ``KB__SECTION__NAME``, checked at start with the offending key named.

Each package declares its sections as frozen dataclasses whose fields carry help and limits in their metadata.
Sections of packages that ``kb`` may not import are named here as text and loaded on demand.
"""

from __future__ import annotations

import importlib
import math
import os
import re
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from kb.errors import Invalid

S = TypeVar("S")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

SECTION_CLASSES: Mapping[str, str] = {
    "data": "kb.settings:DataSettings",
    "database": "kb.settings:DatabaseSettings",
    "hotline": "kb.settings:HotlineSettings",
    "limits": "kb.settings:LimitSettings",
    "retention": "kb.settings:RetentionSettings",
    "upkeep": "kb.settings:UpkeepSettings",
    "fetching": "kb.upkeep.fetching.settings:FetchSettings",
    "jobs": "kb.settings:JobSettings",
    "mail": "kb.settings:MailSettings",
    "review": "kb.upkeep.reviews.settings:ReviewSettings",
    "links": "kb.upkeep.links.settings:LinkSettings",
    "webhooks": "kb.upkeep.webhooks.settings:WebhookSettings",
    "search": "retriever.settings:SearchSettings",
    "embedding": "retriever.settings:EmbeddingSettings",
    "reader": "retriever.settings:ReaderSettings",
    "ask": "retriever.settings:AskSettings",
    "check": "retriever.settings:CheckSettings",
    "web": "web.settings:WebSettings",
    "oidc": "kb.people.identities:OidcSettings",
}


def option(default: Any, help: str, *, minimum: float | None = None, maximum: float | None = None,
           choices: tuple[str, ...] | None = None, secret: bool = False) -> Any:
    """A settings field with its help and limits; a secret one is refused in config.yaml and never shows."""
    return field(default=default, repr=not secret, metadata={
        "help": help, "min": minimum, "max": maximum, "choices": choices, "secret": secret})


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Where this installation keeps its files."""

    dir: str = option("data", "folder for the database, the index, the model and caches")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The relational database, which is the truth."""

    url: str = option("", "SQLAlchemy URL; empty means SQLite in the data folder")
    busy_timeout_ms: int = option(5000, "how long a write waits for a lock", minimum=100, maximum=60_000)


@dataclass(frozen=True, slots=True)
class HotlineSettings:
    """Whose hotline this is."""

    name_zh: str = option("滨海市12345政务服务便民热线", "name shown in Chinese")
    name_en: str = option("Binhai 12345 Citizen Hotline", "name shown in English")
    phone: str = option("12345", "the number callers dial")
    timezone: str = option("Asia/Shanghai", "IANA zone of the hotline's calendar")
    language: str = option("zh", "default language of screens and messages", choices=("zh", "en"))
    review_days: int = option(365, "days until review when an article names no date", minimum=1, maximum=3650)
    urgent_hours: int = option(24, "hours within which the signatures follow that an urgent publication did not wait "
                               "for", minimum=1, maximum=168)
    calendar: str = option("cn", "public holidays that are known from the start: cn: of mainland China; none: weekends "
                           "alone are free, but for what `kb calendar` is told", choices=("cn", "none"))
    districts: str = option("望海区/Wanghai District｜港东区/Gangdong District｜云门区/Yunmen District｜"
                            "长屿县/Changyu County",
                            "the city's districts, each by its names with / between them, and ｜ between districts; "
                            "empty: none")


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Bounds on what is taken in."""

    article_bytes: int = option(400_000, "largest article file", minimum=1_000, maximum=10_000_000)
    article_lines: int = option(20_000, "most lines in an article", minimum=100, maximum=1_000_000)
    line_chars: int = option(50_000, "longest line in an article", minimum=1_000, maximum=10_000_000)
    table_rows: int = option(2_000, "most rows in one table", minimum=10, maximum=100_000)
    nesting: int = option(20, "deepest nesting of quotes and lists", minimum=3, maximum=100)
    front_matter_bytes: int = option(64_000, "largest YAML front matter", minimum=1_000, maximum=1_000_000)
    question_chars: int = option(2_000, "longest question", minimum=50, maximum=20_000)
    history_turns: int = option(40, "most earlier turns sent with a question", minimum=0, maximum=200)
    history_chars: int = option(40_000, "most characters of earlier turns", minimum=0, maximum=400_000)
    archive_bytes: int = option(500_000_000, "largest unpacked archive", minimum=1_000_000)
    archive_entries: int = option(200_000, "most entries in an archive", minimum=10)
    archive_depth: int = option(8, "deepest folder in an archive", minimum=1, maximum=50)
    archive_ratio: int = option(200, "highest compression ratio of an archive entry", minimum=2, maximum=10_000)
    attachments: int = option(20, "most files attached to a text", minimum=1, maximum=50)
    attachment_bytes: int = option(10_000_000, "largest attached file", minimum=10_000, maximum=50_000_000)
    attachment_entries: int = option(2_000, "most parts of an attached office file", minimum=10, maximum=100_000)
    attachment_unpacked_bytes: int = option(200_000_000, "most bytes that an attached office file unpacks into",
                                            minimum=100_000)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long what callers asked is kept; `kb prune` removes what is older."""

    question_days: int = option(180, "days that a question's text is kept with its answer", minimum=1, maximum=3_650)
    answer_years: int = option(5, "years that an answer is kept, with its citations; not shorter than the question",
                               minimum=1, maximum=50)
    outbox_days: int = option(30, "days that changes are kept for an index that is behind; one that was away for "
                                  "longer is built anew", minimum=1, maximum=3_650)
    notice_days: int = option(400, "days that notices are kept", minimum=1, maximum=3_650)
    delivery_days: int = option(90, "days that is kept what was mailed, or sent to other systems", minimum=1,
                                maximum=3_650)
    signal_days: int = option(1_095, "days that signals are kept once they were cleared; the time between two reviews "
                                     "is reckoned from them", minimum=1, maximum=3_650)
    run_days: int = option(400, "days that the runs of jobs are kept; of a job that is due very often, only the "
                               "newest 2,000 that went well", minimum=1, maximum=3_650)

    def __post_init__(self) -> None:
        """Raise Invalid where a question would have to be kept longer than its answer."""
        if self.question_days > self.answer_years * 365:
            raise Invalid("setting_range", "setting retention.question_days: {question_days} days are more than the "
                          "{answer_years} of retention.answer_years", question_days=self.question_days,
                          answer_years=self.answer_years, key="retention.question_days")


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """Who runs the jobs, and where they put what they make."""

    enabled: bool = option(True, "whether `kb serve` runs the jobs; false where `kb scheduler run` does, in a process "
                                 "of its own")
    callback_days: int = option(90, "days back in which answers are looked through when their text is replaced; 0: no "
                                    "callback list", minimum=0, maximum=3_650)
    compare_seconds: int = option(30, "seconds that looking for contradictions between articles may take, at each "
                                      "look; 0 looks for none", minimum=0, maximum=600)
    checkpoint_dir: str = option("", "folder for the checkpoints; empty means checkpoints/ in the data folder. Keep "
                                     "copies on another machine")


@dataclass(frozen=True, slots=True)
class JobSettings:
    """When each job is due, as in crontab, by the hotline's calendar: minute hour day month weekday (0 is Sunday).

    Empty: only when somebody asks for it.
    """

    prune: str = option("0 3 * * *", "old questions, sessions and changes are removed")
    facts: str = option("* * * * *", "figures of new texts are read, for finding where a figure is used")
    signals: str = option("* * * * *", "what changed is looked at for what has gone stale")
    scan: str = option("0 4 * * *", "all texts are looked at for what has gone stale")
    review_tasks: str = option("0 6 * * *", "review tasks are opened, reminded of and escalated")
    review_signals: str = option("*/5 * * * *", "tasks are opened for what was found stale since")
    callbacks: str = option("* * * * *", "calls are listed that were told a text which has been replaced")
    gaps: str = option("*/10 * * * *", "questions without an answer are gathered into gaps")
    gaps_asked_again: str = option("0 3 * * *", "questions of gaps are asked once more")
    contradictions: str = option("*/10 * * * *", "texts that were published since are read beside those near them, for "
                                                "contradictions")
    links: str = option("*/10 * * * *", "pages that articles name are looked at, where links.hosts lists any")
    audit_checkpoint: str = option("0 * * * *", "the head of the audit log is signed")
    notices: str = option("* * * * *", "people are told what waits for them; notices are mailed whose time has come")
    webhooks: str = option("* * * * *", "other systems are told of notices, where webhooks.hosts lists any")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server that notices are sent by."""

    host: str = option("", "mail server (SMTP); empty: nothing is mailed")
    port: int = option(587, "its port", minimum=1, maximum=65_535)
    security: str = option("starttls", "how the connection is encrypted; none: only to a server on this machine",
                           choices=("starttls", "tls", "none"))
    user: str = option("", "who signs in there; empty: nobody")
    password: str = option("", "that user's password: in KB__MAIL__PASSWORD or KB__MAIL__PASSWORD_FILE, never here",
                           secret=True)
    sender: str = option("", "address that mail comes from; empty: nothing is mailed")
    domains: str = option("", "domains that people's addresses may be of, with commas between; empty: any")
    seconds: float = option(10.0, "how long each step may take", minimum=0.5, maximum=120)

    def __post_init__(self) -> None:
        """Raise Invalid where a password would travel in the clear, or an address is none."""
        local = self.host in ("localhost", "127.0.0.1", "::1")
        if self.security == "none" and self.user and not local:
            raise Invalid("setting_range", "setting {key}: a password is not sent unencrypted to another machine",
                          key="mail.security")
        if self.sender and not MAIL_ADDRESS.fullmatch(self.sender):
            raise Invalid("setting_range", "setting {key}: this is no mail address", key="mail.sender")

    @property
    def is_on(self) -> bool:
        """Whether anything is mailed."""
        return bool(self.host and self.sender)


@dataclass(frozen=True)
class Settings:
    """All sections, checked. ``root`` is the folder that relative paths start from."""

    root: Path
    sections: Mapping[str, Any]

    def section(self, kind: type[S]) -> S:
        """The section declared by this dataclass."""
        for value in self.sections.values():
            if isinstance(value, kind):
                return value
        raise KeyError(kind.__name__)

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute."""
        return (self.root / self.section(DataSettings).dir).resolve()

    def make_data_dir(self) -> Path:
        """The data folder, made for its owner alone when there is none: it holds password hashes and questions."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.data_dir

    @property
    def hotline(self) -> HotlineSettings:
        return self.section(HotlineSettings)

    @property
    def limits(self) -> LimitSettings:
        return self.section(LimitSettings)

    @property
    def database_url(self) -> str:
        """The configured URL, or SQLite in the data folder."""
        return self.section(DatabaseSettings).url or f"sqlite:///{self.data_dir / 'kb.sqlite3'}"


@cache
def section_class(name: str) -> type[Any]:
    """The dataclass of a section."""
    module, _, attribute = SECTION_CLASSES[name].partition(":")
    return typing.cast("type[Any]", getattr(importlib.import_module(module), attribute))


def _convert(key: str, kind: Any, value: Any) -> Any:
    """``value`` as ``kind`` (bool, int, float or str); raises Invalid naming ``key``."""
    try:
        if kind is bool:
            if isinstance(value, bool):
                return value
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[str(value).lower()]
        if isinstance(value, bool) or value is None:
            raise ValueError
        if kind is int and isinstance(value, float):
            raise ValueError
        converted = kind(value)
        if kind is float and not math.isfinite(converted):
            raise ValueError
        return converted
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise Invalid("bad_setting", "setting {key}: {value!r} is not {kind}", value=value, kind=kind.__name__,
                      key=key) from error


def _build(name: str, given: Mapping[str, Any]) -> Any:
    """One section from its given values; raises Invalid for unknown keys, wrong types and values out of range."""
    kind = section_class(name)
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    for key in given:
        if key not in known:
            raise Invalid("unknown_setting", "setting {key} is unknown; known: {known}",
                          known=sorted(known), key=f"{name}.{key}")
    values: dict[str, Any] = {}
    for key, declared in known.items():
        if key not in given:
            if declared.default is MISSING:
                raise Invalid("missing_setting", "setting {key} is required", key=f"{name}.{key}")
            continue
        value = _convert(f"{name}.{key}", hints[key], given[key])
        low, high, choices = (declared.metadata.get(k) for k in ("min", "max", "choices"))
        if (low is not None and value < low) or (high is not None and value > high):
            raise Invalid("setting_range", "setting {key}: {value} is outside {low} to {high}",
                          value=value, low=low, high=high, key=f"{name}.{key}")
        if choices and value not in choices:
            raise Invalid("setting_choice", "setting {key}: {value!r} is not one of {choices}",
                          value=value, choices=choices, key=f"{name}.{key}")
        values[key] = value
    return kind(**values)


def _check_no_secrets(path: Path, given: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise Invalid for a secret in config.yaml: the file is copied, shown and kept in version control."""
    for name in given.keys() & SECTION_CLASSES.keys():
        for declared in fields(section_class(name)):
            if declared.metadata.get("secret") and given[name].get(declared.name):
                variable = f"KB__{name}__{declared.name}".upper()
                raise Invalid("secret_in_file", "{path}: setting {key} is a secret: take it out, and set {variable}, "
                              "or {variable}_FILE to a file that holds it", path=path, variable=variable,
                              key=f"{name}.{declared.name}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """``KB__SECTION__NAME`` variables as section -> name -> text; ``…_FILE`` reads the value from that file."""
    found: dict[str, dict[str, str]] = {}
    for variable, value in environ.items():
        if not variable.startswith("KB__"):
            continue
        section, _, name = variable[4:].lower().partition("__")
        if section not in SECTION_CLASSES or not name:
            raise Invalid("unknown_setting", "environment variable {variable} names no setting", variable=variable,
                          key=variable)
        if name.endswith("_file") and name not in {f.name for f in fields(section_class(section))}:
            try:
                value = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Invalid("bad_setting", "{variable}: cannot read {value}: {error}", variable=variable, value=value,
                              error=error, key=variable) from error
            name = name.removesuffix("_file")
        found.setdefault(section, {})[name] = value
    return found


def load_settings(root: Path | None = None, environ: Mapping[str, str] | None = None,
                  **overrides: Mapping[str, Any]) -> Settings:
    """Read config.yaml under ``root`` (default: the working folder), then the environment, then ``overrides``.

    ``overrides`` are section=mapping, for tests and throw-away knowledge bases. Raises Invalid with the key.
    """
    root = (root or Path.cwd()).resolve()
    path = root / "config.yaml"
    given: dict[str, dict[str, Any]] = {}
    if path.is_file():
        try:
            loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise Invalid("bad_config", "{path}: not valid YAML: {error}", path=path,
                          error=str(error).splitlines()[0]) from error
        if not isinstance(loaded, dict) or not all(isinstance(v, dict) for v in loaded.values()):
            raise Invalid("bad_config", "{path}: must be sections of settings", path=path)
        _check_no_secrets(path, loaded)
        given = loaded
    for source in (_from_environment(os.environ if environ is None else environ), overrides):
        for section, values in source.items():
            given.setdefault(section, {}).update(values)
    for section in given:
        if section not in SECTION_CLASSES:
            raise Invalid("unknown_setting", "config.yaml: section {section!r} is unknown; known: {section_classes}",
                          section=section, section_classes=SECTION_CLASSES, key=section)
    return Settings(root, {name: _build(name, given.get(name, {})) for name in SECTION_CLASSES})
