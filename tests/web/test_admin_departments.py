"""The pages about departments: names, who heads them, contacts; merged and dissolved by who administers alone."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from kb.actor import OPERATOR, Role
from kb.models import Department
from kb.people import department_editing, people
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

ACTS = ("names", "people", "merge", "dissolve")


@pytest.fixture(scope="module")
def boss(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("admin", installation.passwords["admin"]).status_code == 303
    return visitor


@pytest.fixture
def code(app: Flask) -> str:
    """A department that is nobody else's."""
    made = f"d{uuid.uuid4().hex[:10]}"
    with app.extensions["kb"].database.transaction() as session:
        session.add(Department(code=made, name_zh=f"樟树{made}局", name_en=f"Camphor {made}"))
    return made


def stored(app: Flask, code: str) -> department_editing.DepartmentView:
    with app.extensions["kb"].database.reading() as session:
        return department_editing.get_department(session, code)


def test_names_people_and_contacts_are_changed(app: Flask, boss: Visitor, code: str) -> None:
    assert code in boss.get("/admin/departments").text
    assert boss.post(f"/admin/departments/{code}/names", {"name_zh": f"新樟树{code}局", "name_en": f"New {code}"}
                     ).status_code == 303
    reply = boss.post(f"/admin/departments/{code}/people", {
        "head": "hrss-approver", "deputies": "hrss-editor、agent", "phone": "0540-8811600", "district": "望海区",
        "contact_name": ["王 敏", ""], "contact_phone": ["0540-8811601", ""]})
    assert reply.status_code == 303, words(reply)
    found = stored(app, code)
    assert (found.name_zh, found.head, found.deputies, found.district) == (
        f"新樟树{code}局", "hrss-approver", ("hrss-editor", "agent"), "望海区")
    assert found.contacts == ({"name": "王 敏", "phone": "0540-8811601"},)
    page = boss.get(f"/admin/departments/{code}").text
    assert 'value="王 敏"' in page and 'value="hrss-editor、agent"' in page
    check_harmless(page)


@pytest.mark.parametrize(("act", "fields", "kept"), [
    ("names", {"name_zh": "", "name_en": "Camphor kept"}, "Camphor kept"),
    ("people", {"head": "nobody-here", "phone": "0540-8811602"}, "0540-8811602"),
    ("people", {"contact_name": ["樟树无号"], "contact_phone": [""]}, "樟树无号"),
    ("people", {"district": "没有的区", "head": ""}, ""),
    ("merge", {"into": "hrss", "meant": "wrong"}, "wrong"),
    ("merge", {"into": "../x", "meant": ""}, ""),
    ("dissolve", {"meant": "wrong"}, "wrong"),
])
def test_what_cannot_be_is_said_and_what_was_typed_stays(app: Flask, boss: Visitor, code: str, act: str,
                                                         fields: dict[str, object], kept: str) -> None:
    reply = boss.post(f"/admin/departments/{code}/{act}", fields)
    assert reply.status_code == 400 and f'value="{kept}"' in reply.text and 'role="alert"' in reply.text
    assert stored(app, code).dissolved_at is None


def test_a_merged_department_gives_its_articles_and_names_whose_roles_mean_nothing(
        app: Flask, boss: Visitor, code: str) -> None:
    slug, login = f"camphor-{code}", f"w-{code}"
    published_article(app.extensions["kb"].database, slug, "樟树事项免费。", title=f"樟树{code}", owner=code, now=NOW)
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=login, name="樟小树", grants=[(Role.EDITOR, code)], password=None,
                           now=NOW)
    refused = boss.post(f"/admin/departments/{code}/dissolve", {"meant": code})
    assert refused.status_code == 400 and stored(app, code).dissolved_at is None  # it has an article
    done = boss.post(f"/admin/departments/{code}/merge", {"into": "fund", "meant": code})
    assert done.status_code == 200 and "樟小树" in words(done) and f"/admin/people/{login}" in done.text
    assert stored(app, code).successor == "fund"
    assert boss.post(f"/admin/departments/{code}/merge", {"into": "fund", "meant": code}).status_code == 409
    for page in (f"/admin/departments/{code}", "/admin/departments"):
        assert boss.get(page).status_code == 200
    person = boss.get("/admin/people/agent").text
    assert f'<option value="{code}">' not in person and '<option value="fund">' in person


def test_a_department_without_articles_ends_without_a_successor(app: Flask, boss: Visitor, code: str) -> None:
    assert boss.post(f"/admin/departments/{code}/dissolve", {"meant": code}).status_code == 200
    assert stored(app, code).dissolved_at is not None


def test_fault_28_only_who_administers_comes_to_these_pages(
        app: Flask, agent: Visitor, citizen: Visitor, installation: Installation, code: str) -> None:
    manager = Visitor(app)
    manager.sign_in("manager", installation.passwords["manager"])
    for visitor, status in ((citizen, 401), (agent, 403), (manager, 403)):
        for path in ("/admin/departments", f"/admin/departments/{code}"):
            assert visitor.get(path).status_code == status
        for act in ACTS:
            assert visitor.post(f"/admin/departments/{code}/{act}", {"meant": code}).status_code == status
    assert stored(app, code).dissolved_at is None


@pytest.mark.parametrize("act", ACTS)
def test_fault_24_an_act_on_a_department_needs_this_sites_token(app: Flask, boss: Visitor, code: str, act: str
                                                                ) -> None:
    path = f"/admin/departments/{code}/{act}"
    assert boss.client.post(path, data={"meant": code, "into": "fund"}).status_code == 403
    assert boss.get(path).status_code == 405
    assert boss.post(f"/admin/departments/none-such/{act}", {"meant": "none-such", "into": "fund"}).status_code == 404
    assert stored(app, code).dissolved_at is None
