"""``asks`` in the front matter of an article file: the known questions of its sections, by heading.

    asks:
      补领: [医保卡丢了到哪里补, 补卡要不要钱]
      "": [社保卡有什么用]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.known import known
from kb.known.known import KnownState
from kb.known.wording import checked_text
from kb.markup import headings
from kb.markup.document import Document
from kb.models import Article

Ask = tuple[headings.Path, str]  # a section's headings, and a question that it answers


def read_asks(value: Any, shown: Document, title: str) -> tuple[Ask, ...]:
    """The questions of a mapping from heading to questions; Invalid where a heading is none of the text's."""
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(isinstance(questions, list) for questions in value.values()):
        raise Invalid("asks", "asks must give each heading a list of questions", fields={"asks": "not lists"})
    paths = [headings.below_title(place.path, title) for place in headings.places(shown)]
    found = []
    for name, questions in value.items():
        path = headings.named(paths, str(name), title)
        if path is None:
            raise Invalid("asks", "asks: no heading {name!r} with text below it, or several: name one of {known}",
                          name=str(name)[:60], fields={"asks": "unknown heading"},
                          known=[repr(headings.name_of(paths, p, title)) for p in dict.fromkeys(paths)])
        found += [(path, _question(question)) for question in questions]
    return tuple(found)


def _question(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid("asks", "asks: {value!r} is no text; put it into quotes", value=str(value)[:40],
                      fields={"asks": "no text"})
    try:
        return checked_text(value)
    except Invalid as error:
        raise Invalid(error.code, "asks: {value!r}: {reason}", value=value[:40], reason=error,
                      fields={"asks": "no question"}) from error


def store_asks(session: Session, actor: Actor, article: Article, asks: Sequence[Ask], *, is_released: bool,
               now: datetime) -> bool:
    """Release the questions of a text that was published, propose those of a draft; whether that changed anything.

    One that was dropped since stays so: importing a file again must not undo what somebody decided.
    """
    is_changed = False
    for path, question in asks:
        before = known.state_of(session, article.id, path, question)
        if before is None or (is_released and before is KnownState.PROPOSED):
            known.bring(session, actor, article.slug, path, question, is_released=is_released, now=now, origin="import")
            is_changed = True
    return is_changed
