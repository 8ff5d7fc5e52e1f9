"""An article's desk: what is done at once, by whom, and what is owed afterwards in plain sight."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from flask import Flask

from kb.actor import OPERATOR, Role
from kb.articles import owners
from kb.articles.acts import signatures
from kb.articles.writing import drafts, submission
from kb.people import people
from tests.conftest import NOW
from tests.kb.factories import revision_text
from tests.retriever.factories import published_article
from tests.web.site import Visitor, check_harmless, words

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def staff(app: Flask) -> dict[str, str]:
    """Who writes, two who sign, and who manages, by what they do."""
    found = {}
    with app.extensions["kb"].database.transaction() as session:
        for does, grants in (("writes", [(Role.EDITOR, "hrss")]), ("signs", [(Role.APPROVER, "hrss")]),
                             ("manages", [(Role.KNOWLEDGE_MANAGER, None)])):
            found[does] = f"{does}-{uuid.uuid4().hex[:6]}"
            people.create_user(session, OPERATOR, login=found[does], name="", grants=grants, password=PASSWORD,
                               is_once=False, now=NOW)
    return found


def visitor(app: Flask, login: str) -> Visitor:
    made = Visitor(app)
    assert made.sign_in(login, PASSWORD).status_code == 303
    return made


@pytest.fixture
def slug(app: Flask) -> str:
    """A live article that is nobody else's."""
    made = f"desk-{uuid.uuid4().hex[:8]}"
    published_article(app.extensions["kb"].database, made, "雪松事项免费。", title=f"雪松事项{made}", now=NOW)
    return made


def test_one_hides_at_once_another_signs_and_it_is_shown_again(app: Flask, staff: dict[str, str], slug: str) -> None:
    signer, manager, citizen = visitor(app, staff["signs"]), visitor(app, staff["manages"]), Visitor(app)
    path = f"/edit/articles/{slug}"
    assert signer.post(f"{path}/hide", {"reason": " "}).status_code == 400
    hidden = signer.post(f"{path}/hide", {"reason": "金额有误"})
    assert hidden.status_code == 303 and "知识条目已隐藏" in words(signer.get(hidden.location))
    assert "知识条目已隐藏" not in words(signer.get(path)) + words(signer.get(f"{path}?done=none"))
    assert citizen.get(f"/articles/{slug}").status_code == 404
    desk = words(signer.get(path))
    assert "金额有误" in desk and "已隐藏" in desk and "签字同意继续隐藏" not in desk
    assert "签字同意继续隐藏" in words(manager.get(path))
    assert manager.post(f"{path}/hide/sign").status_code == 303
    shown = signer.post(f"{path}/show", {"reason": "已更正"})
    assert shown.status_code == 303 and "知识条目已恢复显示" in words(signer.get(shown.location))
    assert citizen.get(f"/articles/{slug}").status_code == 200


def test_who_only_writes_is_offered_and_allowed_none_of_it(app: Flask, staff: dict[str, str], slug: str) -> None:
    writer, path = visitor(app, staff["writes"]), f"/edit/articles/{slug}"
    desk = writer.get(path).get_data(as_text=True)
    check_harmless(desk)
    assert "/drafts" in desk and "/hide" not in desk and "/retire" not in desk
    for act in ("hide", "retire", "show"):
        assert writer.post(f"{path}/{act}", {"reason": "试试"}).status_code == 403
    assert Visitor(app).get(path).status_code == 401


def test_a_text_that_was_read_is_confirmed_and_another_is_not(app: Flask, staff: dict[str, str], slug: str) -> None:
    writer, path = visitor(app, staff["writes"]), f"/edit/articles/{slug}"
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', writer.get(path).get_data(as_text=True))
    assert found
    assert writer.post(f"{path}/confirm", {"sha256": "0" * 64, "review_by": "2029-01-01"}).status_code == 409
    assert writer.post(f"{path}/confirm", {"sha256": found[1], "review_by": "never"}).status_code == 400
    assert writer.post(f"{path}/confirm", {"sha256": found[1], "review_by": "2029-01-01"}).status_code == 303
    assert "2029年1月1日" in words(writer.get(path))


def test_what_an_urgent_publication_owes_stands_on_the_desk(app: Flask, staff: dict[str, str], slug: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        writer, signer = (people.actor_of(session, staff[does], now=NOW) for does in ("writes", "signs"))
        draft = drafts.edit(session, writer, slug, now=NOW, origin="test")
        text = revision_text("雪松事项收费十元。", title=f"雪松{slug}", co_owners=("tax",), effective_from=NOW)
        draft = drafts.save(session, writer, draft.id, text, seen=draft.version, now=NOW, origin="test")
        number = submission.submit(session, writer, draft.id, seen=draft.version, now=NOW, origin="test").number
        revision = owners.revision_by_number(session, signer, slug, number)
        signatures.sign(session, signer, revision, shown=revision.sha256, now=NOW, origin="test")
    desk, path = visitor(app, staff["signs"]), f"/edit/articles/{slug}"
    assert "待签字：市税务局" in words(desk.get(path))
    urgent = f"{path}/r/{number}/publish-urgently"
    assert visitor(app, staff["writes"]).post(urgent, {"reason": "台风"}).status_code == 403
    assert desk.post(urgent, {"reason": ""}).status_code == 400
    assert desk.post(urgent, {"reason": "台风来了，等不及"}).status_code == 303
    told = words(desk.get(path))
    assert "台风来了，等不及" in told and "补签" in told and "尚欠签字的部门：市税务局" in told
    assert "待补签" in told and "审签中" not in told


def test_a_published_text_that_is_still_to_come_stands_on_the_desk(app: Flask, staff: dict[str, str], slug: str
                                                                   ) -> None:
    published_article(app.extensions["kb"].database, slug, "雪松事项收费五元。", title=f"雪松事项{slug}",
                      effective_from=NOW + timedelta(days=30), now=NOW)
    told = words(visitor(app, staff["writes"]).get(f"/edit/articles/{slug}"))
    assert "第1版" in told and "第2版" in told and "尚未施行" in told


def test_an_article_is_withdrawn_for_good_with_a_reason(app: Flask, staff: dict[str, str], slug: str) -> None:
    signer, path = visitor(app, staff["signs"]), f"/edit/articles/{slug}"
    assert signer.post(f"{path}/retire", {"reason": "", "sure": "1"}).status_code == 400
    assert signer.post(f"{path}/retire", {"sure": "1", "successor": "no-such-article"}).status_code == 400
    asked = words(signer.get(path))
    assert "停用后不能恢复" in asked and "网址标识不能再用" in asked
    unsure = signer.post(f"{path}/retire", {"reason": "政策废止"})
    assert unsure.status_code == 400 and "停用后不能恢复" in words(unsure)
    own = words(signer.post(f"{path}/retire", {"successor": slug, "sure": "1"}))
    assert "不能以本条目接替自己" in own and slug.capitalize() not in own
    assert signer.post(f"{path}/retire", {"reason": "政策废止", "sure": "1"}).status_code == 303
    assert "已停用" in words(signer.get(path)) or "停用" in words(signer.get(path))
    assert visitor(app, staff["writes"]).post(f"{path}/drafts").status_code == 409


@pytest.mark.parametrize(("first", "end", "said"), [(30, None, "尚未施行"), (-60, -30, "已到期")])
def test_an_article_is_not_withdrawn_in_favour_of_one_that_does_not_answer(
        app: Flask, staff: dict[str, str], slug: str, first: int, end: int | None, said: str) -> None:
    heir = f"heir-{uuid.uuid4().hex[:8]}"
    published_article(app.extensions["kb"].database, heir, "雪松新规。", title="雪松新规", now=NOW,
                      effective_from=NOW + timedelta(days=first),
                      effective_to=None if end is None else NOW + timedelta(days=end))
    signer = visitor(app, staff["signs"])
    refused = signer.post(f"/edit/articles/{slug}/retire", {"successor": heir, "sure": "1"})
    assert refused.status_code == 400 and f"{heir} {said}" in words(refused)
    assert Visitor(app).get(f"/articles/{slug}").status_code == 200


def test_a_text_that_all_have_signed_stands_on_the_desk_until_it_is_published(
        app: Flask, staff: dict[str, str], slug: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        writer, signer = (people.actor_of(session, staff[does], now=NOW) for does in ("writes", "signs"))
        draft = drafts.edit(session, writer, slug, now=NOW, origin="test")
        text = revision_text("雪松事项收费七元。", title=f"雪松{slug}", effective_from=NOW)
        draft = drafts.save(session, writer, draft.id, text, seen=draft.version, now=NOW, origin="test")
        number = submission.submit(session, writer, draft.id, seen=draft.version, now=NOW, origin="test").number
        revision = owners.revision_by_number(session, signer, slug, number)
        signatures.sign(session, signer, revision, shown=revision.sha256, now=NOW, origin="test")
    writes, signs = visitor(app, staff["writes"]), visitor(app, staff["signs"])
    desk = words(writes.get(f"/edit/articles/{slug}"))
    assert f"第{number}版 会签完毕" in desk and "待发布" in desk and "取回" in desk
    for one in (writes, signs):
        assert f"/reviews/{slug}/{number}" in one.get("/reviews?whose=ready").get_data(as_text=True)
    tab = signs.get("/reviews").get_data(as_text=True)
    assert re.search(r'whose=ready"[^<]*待发布 <span class="count">\d', tab)
    assert f"第{number}版待发布" in words(writes.get(f"/edit?q={slug}"))
    assert writes.post(f"/edit/articles/{slug}/r/{number}/withdraw", {"reason": "再改"}).status_code == 303
    assert "待发布" not in words(writes.get(f"/edit/articles/{slug}"))


def test_a_text_that_was_handed_in_is_taken_back_and_up_again(app: Flask, staff: dict[str, str], slug: str) -> None:
    writer = visitor(app, staff["writes"])
    draft = writer.post(f"/edit/articles/{slug}/drafts").headers["Location"]
    writer.post(draft, {"seen": "1", "source": "雪松事项收费二十元。"})
    handed = writer.get(f"{draft}/hand-in").get_data(as_text=True)
    assert re.search(r"<del>.*免费.*</del>.*<ins>.*收费二十元.*</ins>", handed, re.DOTALL)  # before anybody signs
    done = writer.post(f"{draft}/hand-in", {"seen": "2", "change_note": "涨价"})
    number = int(done.headers["Location"].split("handed_in=")[1])
    assert writer.post(f"/edit/articles/{slug}/r/{number}/withdraw", {"reason": "金额待核"}).status_code == 303
    desk = writer.get(f"/edit/articles/{slug}")  # where one would else begin anew, from the published text
    assert "金额待核" in words(desk) and f'name="revision" value="{number}"' in desk.get_data(as_text=True)
    listed = words(writer.get("/edit/drafts"))
    assert "金额待核" in listed and "重新修改" in listed
    again = writer.post(f"/edit/articles/{slug}/drafts", {"revision": str(number)})
    page = words(writer.get(again.headers["Location"]))
    assert "金额待核" in page and "雪松事项收费二十元。" in page
    assert "涨价" in writer.get(f"{again.headers['Location']}/hand-in").get_data(as_text=True)
    desk = words(writer.get(f"/edit/articles/{slug}"))
    assert "金额待核" in desk and "重新修改" not in desk and "接着写我的草稿" in desk
    writer.post(f"{again.headers['Location']}/hand-in", {"seen": "1", "change_note": "涨价"})
    listed = writer.get(f"/articles/{slug}/history").get_data(as_text=True)
    assert "from=1&amp;to=3" in listed and "from=2" not in listed  # with what was published, not what came back
