"""The parts of pages: what they say is text, what is wrong stands beside its field, and all of it has a name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from tests.web.site import check_harmless, tags
from web.errors import Problem
from web.filters import row
from web.forms import Form, form_of

PARTS = ('{% from "components.html" import field, choice, checks, errors, data_table, dialog, opener, notice, pager, '
         "empty, badge, tabs, act %}")
EVIL = "\"><script>alert(1)</script>'"


@pytest.fixture
def shown(app: Flask) -> Any:
    def render(source: str, **values: object) -> str:
        with app.test_request_context(headers={"Accept-Language": "zh"}):
            app.preprocess_request()
            return render_template_string(PARTS + source, **values)

    return render


def attributes(html: str, tag: str) -> dict[str, str]:
    return next(a for name, a in tags(html) if name == tag)


def test_a_reason_stands_beside_its_field_and_the_field_names_it(shown: Any) -> None:
    problem = Problem(400, "title", "x", reasons={"title": "太长了"})
    html = shown("{{ errors(problem, {'title': '标题'}) }}"
                 "{{ field(form, 'title', '标题', help='不超过200字', required=true) }}", problem=problem,
                 form=form_of(MultiDict({"title": "社保"}), problem))
    box = attributes(html, "input")
    assert (box["value"], box["aria-invalid"]) == ("社保", "true") and "required" in box
    assert box["aria-describedby"].split() == ["field-title-help", "field-title-error"]
    assert 'href="#field-title"' in html and html.count("太长了") == 2 and 'role="alert"' in html


@pytest.mark.parametrize("source", [
    "{{ field(form, 'a', evil, help=evil, error=evil) }}", "{{ field(form, 'a', evil, rows=3) }}",
    "{{ choice(form, 'a', evil, [(evil, evil)]) }}", "{{ checks(form, 'a', evil, [(evil, evil)]) }}",
    "{{ badge(evil) }}{{ empty(evil, evil) }}{{ pager(next='/x') }}{{ tabs(evil, [('/x', evil, true, 3)]) }}",
    "{{ act('/x', evil, {'a': evil}, **{'data-key': evil}) }}{{ opener('d', evil) }}",
    "{% call(row) data_table(evil, [evil, ''], [evil]) %}<td>{{ row }}</td>{% endcall %}",
    "{% call dialog('d', evil) %}{{ evil }}{% endcall %}{% call notice('alarm') %}{{ evil }}{% endcall %}",
])
def test_fault_07_markup_in_what_a_part_shows_is_text(shown: Any, source: str) -> None:
    html = shown(source, evil=EVIL, form=Form({"a": EVIL}, {}))
    assert "&lt;script&gt;" in html
    check_harmless(html)


def test_several_values_of_a_field_are_all_marked(shown: Any) -> None:
    form = Form(MultiDict([("role", "agent"), ("role", "admin")]))
    html = shown("{{ checks(form, 'role', '角色', options) }}", form=form,
                 options=[("agent", "坐席"), ("editor", "编辑"), ("admin", "管理员")])
    assert [a["value"] for tag, a in tags(html) if tag == "input" and "checked" in a] == ["agent", "admin"]
    assert form.values_of("none") == () and Form({"one": "x"}).values_of("one") == ("x",)


def test_a_dialog_without_script_stands_in_the_page_and_its_opener_is_hidden(shown: Any) -> None:
    html = shown("{{ opener('sure', '停用') }}{% call dialog('sure', '确定停用吗') %}<p>不能恢复</p>{% endcall %}")
    assert "hidden" in attributes(html, "button") and attributes(html, "button")["data-opens"] == "sure"
    assert attributes(html, "dialog")["aria-labelledby"] == "sure-title" and "不能恢复" in html


def test_a_list_that_ends_here_has_no_pager(shown: Any) -> None:
    assert shown("{{ pager() }}").strip() == ""
    assert 'rel="next"' in shown("{{ pager(next='/articles?after=x') }}")


@pytest.mark.parametrize(("quoted", "shown"), [
    ("| 摇号 | 6月27日 |", "摇号 | 6月27日"), ("每月八十元", "每月八十元"), ("|", "|"), ("a | b", "a | b"),
    ("| 甲 |\n| 乙 |", "甲\n乙"),
])
def test_a_quoted_row_of_a_table_is_shown_without_its_outer_bars(quoted: str, shown: str) -> None:
    assert row(quoted) == shown
