"""Files over HTTP: attached on a draft's page and over the API, and handed out so that nothing of them runs here."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.kb.files import HTML, PDF, png
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words
from tests.web.test_writing import Token

SHA = hashlib.sha256(PDF).hexdigest()
LARGE = PDF[:-7] + b"\x00" * 1_000_000 + b"\n%%EOF\n"


@pytest.fixture
def editor(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("hrss-editor", installation.passwords["hrss-editor"]).status_code == 303
    return visitor


@pytest.fixture
def draft(app: Flask, token: Token) -> dict[str, Any]:
    """A draft of the editor's, without files."""
    reply = app.test_client().post("/api/v1/drafts", headers=token("hrss-editor", "read", "write"), json={
        "slug": f"f{uuid.uuid4().hex[:10]}", "department": "hrss", "title": "附件", "source": "见附件。"})
    found: dict[str, Any] = reply.get_json()
    return found


def put(visitor: Visitor, draft: dict[str, Any], name: str, data: bytes, seen: int = 1) -> TestResponse:
    return visitor.post(f"/edit/drafts/{draft['id']}/attachments", {"seen": seen, "file": (io.BytesIO(data), name)},
                        content_type="multipart/form-data")


def test_a_file_is_attached_listed_saved_and_taken_off(editor: Visitor, draft: dict[str, Any]) -> None:
    desk = f"/edit/drafts/{draft['id']}/attachments"
    assert "尚未添加附件" in words(editor.get(desk))
    assert put(editor, draft, "申请表.pdf", PDF).status_code == 303
    page = editor.get(desk)
    check_harmless(page.get_data(as_text=True))
    assert "申请表.pdf" in words(page) and f"/attachments/{SHA}/" in page.get_data(as_text=True)
    assert f"{len(PDF)}字节" in words(page) and "10.0 MB" in words(page)
    reply = editor.get(f"/attachments/{SHA}/申请表.pdf")
    assert (reply.status_code, reply.get_data()) == (200, PDF)
    removal = re.search(rf'action="({desk}/{SHA}/remove)"', page.get_data(as_text=True))
    assert removal is not None
    assert editor.post(removal[1], {"seen": 1}).status_code == 409 and "申请表.pdf" in words(editor.get(desk))
    assert editor.post(removal[1], {"seen": 2}).status_code == 303
    assert "尚未添加附件" in words(editor.get(desk))


@pytest.mark.parametrize(("name", "data", "media_type"), [
    ("表.pdf", PDF, "application/pdf"), ("图.png", png(more=b"Comment\x00" + HTML), "image/png"),
    ("页.txt", "你好 <b>".encode(), "text/plain"),
])
def test_fault_04_a_file_is_saved_and_never_shown_whatever_a_browser_makes_of_it(
        editor: Visitor, draft: dict[str, Any], name: str, data: bytes, media_type: str) -> None:
    assert put(editor, draft, name, data).status_code == 303
    reply = editor.get(f"/attachments/{hashlib.sha256(data).hexdigest()}/{name}")
    headers = reply.headers
    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize(("name", "data"), [("图.svg", HTML), ("图.png", png() + HTML), ("页.txt", HTML), ("", PDF)])
def test_fault_03_what_is_not_taken_is_told_on_the_page_and_nothing_changes(editor: Visitor, draft: dict[str, Any],
                                                                            name: str, data: bytes) -> None:
    reply = put(editor, draft, name, data)
    assert reply.status_code == 400 and 'role="alert"' in reply.get_data(as_text=True)
    assert put(editor, draft, "好.pdf", PDF).status_code == 303  # still at its first version


def test_what_is_too_large_or_empty_is_told_as_people_say_it(editor: Visitor, draft: dict[str, Any]) -> None:
    huge = put(editor, draft, "大.pdf", PDF + b"\0" * 14_000_000)
    assert huge.status_code == 413 and "文件超过10 MB。" in words(huge)
    assert f'href="/edit/drafts/{draft["id"]}/attachments"' in huge.get_data(as_text=True)
    large = words(put(editor, draft, "大.pdf", PDF + b"\0" * 11_000_000))
    empty = words(put(editor, draft, "空.pdf", b""))
    assert "文件超过 10 MB" in large and "文件是空的" in empty and "limits." not in large + empty


def test_fault_28_a_file_of_a_draft_is_not_there_for_others(app: Flask, editor: Visitor, agent: Visitor,
                                                            citizen: Visitor, draft: dict[str, Any], token: Token
                                                            ) -> None:
    data = PDF + uuid.uuid4().bytes.hex().encode() + b"\n%%EOF\n"
    sha = hashlib.sha256(data).hexdigest()
    assert put(editor, draft, "密.pdf", data).status_code == 303
    for visitor in (agent, citizen):
        assert visitor.get(f"/attachments/{sha}/密.pdf").status_code == 404
        assert visitor.get(f"/edit/drafts/{draft['id']}/attachments").status_code in (401, 403, 404)
    client, path = app.test_client(), f"/api/v1/attachments/{sha}?name=密.pdf"
    assert client.get(path, headers=token("agent", "read")).status_code == 404
    reply = client.get(path, headers=token("hrss-approver", "read"))
    assert base64.b64decode(reply.get_json()["content"]) == data
    for wrong in (f"/attachments/{sha}/别.pdf", f"/attachments/{'0' * 64}/密.pdf", f"/attachments/{sha}/",
                  "/attachments/x/y"):
        assert editor.get(wrong).status_code == 404


def test_fault_24_no_other_site_attaches_and_no_form_without_its_token(app: Flask, installation: Installation,
                                                                       draft: dict[str, Any]) -> None:
    visitor = Visitor(app)
    visitor.sign_in("hrss-editor", installation.passwords["hrss-editor"])
    reply = visitor.client.post(f"/edit/drafts/{draft['id']}/attachments",
                                data={"seen": 1, "file": (io.BytesIO(PDF), "a.pdf")})
    assert reply.status_code == 403


def test_a_large_file_goes_over_the_api_where_files_go_and_nowhere_else(app: Flask, token: Token,
                                                                        draft: dict[str, Any]) -> None:
    client, headers = app.test_client(), token("hrss-editor", "read", "write")
    path, body = f"/api/v1/drafts/{draft['id']}/attachments", {
        "name": "大.pdf", "content": base64.b64encode(LARGE).decode()}
    assert client.post(path, json=body, headers=headers).status_code == 428
    reply = client.post(path, json=body, headers={**headers, "If-Match": '"1"', "Idempotency-Key": "f-1"})
    assert (reply.status_code, reply.headers["ETag"], reply.get_json()["version"]) == (201, '"2"', 2)
    again = client.post(path, json=body, headers={**headers, "If-Match": '"1"', "Idempotency-Key": "f-1"})
    assert again.get_json() == reply.get_json() and again.headers["Idempotent-Replayed"] == "true"
    late = client.post(path, json={**body, "name": "b.pdf"}, headers={**headers, "If-Match": '"1"'})
    assert late.status_code in (409, 412)
    (item,) = client.get(path, headers=headers).get_json()["items"]
    assert (item["name"], item["bytes"], item["media_type"]) == ("大.pdf", len(LARGE), "application/pdf")
    assert client.post("/api/v1/ask", json={"question": "a" * 1_100_000}).status_code == 413
    wrong = client.post(path, json={"name": "a.pdf", "content": "***"}, headers={**headers, "If-Match": '"2"'})
    assert wrong.get_json()["fields"] == {"content": "not Base64"}
    huge = client.post(path, json={"name": "a.pdf", "content": "A" * 14_000_000},
                       headers={**headers, "If-Match": '"2"'})
    assert huge.status_code == 413
    gone = client.delete(f"{path}/{item['sha256']}", headers={**headers, "If-Match": '"2"'})
    assert (gone.status_code, gone.get_json()["items"]) == (200, [])
