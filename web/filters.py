"""Jinja filters and tests: dates in the hotline's calendar, names in the page's language, text made safe to read."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Protocol

from babel.dates import format_date
from flask import Flask, g, url_for
from flask_babel import get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from kb.markup.parse import parse
from kb.markup.render import render_html
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.text import BIDI
from retriever.answering.labels import label, passage_as_read, unit_as_read
from web.wiring import edge

_STEPS = {  # what a neighbouring section gives: its name and its drawing
    "do": (_l("Steps"), "steps"), "papers": (_l("Papers"), "document"), "time": (_l("Time needed"), "calendar"),
    "fee": (_l("Fee"), "fee"), "place": (_l("Place"), "place"), "who": (_l("Who may"), "user"),
    "allowed": (_l("Whether allowed"), "question"), "number": (_l("Phone number"), "phone"),
    "other": (_l("More"), "next"),
}
_TABLE = re.compile(r"<(/?)(table)\b[^>]*>")
_PATTERN = {"zh": "y年M月d日", "en": "d MMMM y"}


class Named(Protocol):
    """A department, however a service names it."""

    @property
    def name_zh(self) -> str: ...

    @property
    def name_en(self) -> str: ...


def language() -> str:
    """The page's language, zh or en."""
    locale = get_locale()
    return locale.language if locale else "zh"


def day(value: datetime | date) -> str:
    """The date in the hotline's calendar, as the page's language writes it."""
    shown = value.astimezone(edge().tz).date() if isinstance(value, datetime) else value
    return format_date(shown, _PATTERN[language()], locale=language())


def moment(value: datetime) -> str:
    """The date and the time of day, in the hotline's calendar."""
    return f"{day(value)} {value.astimezone(edge().tz):%H:%M}"


def last_day(end: datetime) -> str:
    """The last day of an interval that ends before ``end``."""
    return day(end - timedelta(microseconds=1))


def iso_day(value: datetime) -> str:
    """The date in the hotline's calendar as 2026-03-01, for date fields and ``datetime=``."""
    return value.astimezone(edge().tz).date().isoformat()


def day_of(text: str) -> str:
    """A date of a form, 2026-03-01, as the page's language writes it; as it was typed where it is none."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def named(department: Named) -> str:
    """The department's name in the page's language."""
    return department.name_en if language() == "en" else department.name_zh


class NamesDepartment(Protocol):
    """What carries its department's names with it: a live revision, a search result."""

    @property
    def department_name_zh(self) -> str: ...

    @property
    def department_name_en(self) -> str: ...


def department(thing: NamesDepartment) -> str:
    """The name of the thing's department in the page's language."""
    return thing.department_name_en if language() == "en" else thing.department_name_zh


def visible(text: str) -> str:
    """The text with overrides of writing direction shown as what they are."""
    return BIDI.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def called(login: str) -> str:
    """What somebody is called, where the page was told (web/people.py), else the user name."""
    return visible(g.get("people", {}).get(login) or login)


def department_called(code: str) -> str:
    """A department's name in the page's language, where the page was told (web/people.py), else its code."""
    found = g.get("departments", {}).get(code)
    return visible(named(found)) if found else code


def row(text: str) -> str:
    """Words as they are quoted, a table's row without the bars at its ends."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line.strip("| ") if len(line) > 1 and line[0] == line[-1] == "|" else line for line in lines)


def as_shown(text: str) -> str:
    """A stretch of a text's source as a page shows it: without the marks of bold, links and lists."""
    return parse(text).visible(0, len(text)).strip() or text


def article_html(source: str, highlights: tuple[tuple[int, int], ...] = ()) -> Markup:
    """A revision's text, sanitised, with cited stretches marked; links between articles lead to their pages.

    A table stands in a frame of its own, which scrolls where it is wider than the page, also by keyboard.
    """
    html = render_html(source, highlights=highlights, link=lambda slug: url_for("articles.article", slug=slug))
    framed = _TABLE.sub(lambda tag: f"</{tag[2]}></div>" if tag[1] else f"{_frame()}{tag[0]}", html)
    return Markup(framed)  # sanitised before, and only frames were added


def _frame() -> Markup:
    return Markup('<div class="table-frame" data-scrolls="{}">').format(gettext("Table"))


def weekday(value: date) -> str:
    """The day of the week in the page's language."""
    return format_date(value, "EEEE", locale=language())


def told(message: Message) -> str:
    """A message that was kept, in the page's language."""
    return say(message, language())


def feature(name: str) -> str:
    """What a feature or stage of an explanation is called in the page's language."""
    return label(name, language())


def passage_read(logit: float) -> str:
    """Whether a passage answers, as its reader has it."""
    return passage_as_read(logit, language())


def unit_read(logit: float, threshold: float) -> str:
    """Whether a unit belongs to the answer, as its reader has it."""
    return unit_as_read(logit, threshold, language())


def numbered(numbers: tuple[int, ...]) -> str:
    """Numbers in a row as people write them: 1、3–5 or 1, 3–5; two neighbours stay two."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [part for run in runs for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run))]
    return ("、" if language() == "zh" else ", ").join(parts)


def kind_of_step(kind: str) -> str:
    """What a neighbouring section gives, in the page's language."""
    return str(_STEPS.get(kind, _STEPS["other"])[0])


def icon_of_step(kind: str) -> str:
    """The drawing that stands for what a neighbouring section gives."""
    return _STEPS.get(kind, _STEPS["other"])[1]


def phone_link(phone: str) -> str:
    """A tel: address of a phone number."""
    return "tel:" + "".join(c for c in phone if c.isdigit() or c == "+")


def file_size(count: int) -> str:
    """How large a file is; bytes are counted in the page's language."""
    if count < 1000:
        return str(ngettext("%(num)s byte", "%(num)s bytes", count))
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def web_link(url: str) -> str:
    """The address when it is an ordinary web address, else nothing."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def install(app: Flask) -> None:
    """Make all of them known to the templates."""
    for function in (day, day_of, moment, last_day, iso_day, named, weekday, told, department, visible, called,
                     department_called, row, as_shown, article_html, phone_link, web_link, feature, passage_read,
                     unit_read, file_size, numbered, kind_of_step, icon_of_step):
        app.add_template_filter(function)
