"""The process that is killed: it publishes, retires, indexes and rebuilds, and tells what it committed."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select

from kb.articles.writing.intake import article_id
from kb.clock import utc_now
from kb.db import Database
from kb.models import Article, OutboxEvent, Revision
from kb.settings import Settings, load_settings
from retriever.factory import build, index_folder, open_parts
from retriever.indexing.rebuild import Generations, fill
from tests.retriever.factories import published_article, retired_article

ARTICLES = 8
RETIRING, REBUILDING = 0.08, 0.08  # chances of a step


def settings_of(folder: Path) -> Settings:
    """Words only, and answers whatever is found."""
    return load_settings(folder, {}, data={"dir": str(folder / "data")}, embedding={"provider": "none"},
                         ask={"precision": 0.0})


def text_of(slug: str, number: int) -> str:
    """What revision ``number`` of an article says: a few passages that name both."""
    parts = [f"## 第{part}节\n\n{slug}规定第{number}版，第{part}节，须带身份证到窗口办理。" for part in range(3)]
    return "\n\n".join(parts)


def state_of(database: Database, slug: str) -> tuple[int, bool]:
    """(newest revision, whether retired) as committed."""
    with database.reading() as session:
        newest = session.scalar(select(func.max(Revision.number)).where(Revision.article_id == article_id(slug)))
        retired = session.scalar(select(Article.retired_at).where(Article.slug == slug))
    return newest or 0, retired is not None


def work_until_killed(folder: Path, seed: int, pipe: Connection) -> None:
    """Every line sent names a change that is committed: ``publish slug number`` or ``retire slug``."""
    chance = random.Random(seed)
    settings = settings_of(folder)
    database = Database(settings)
    retriever = build(settings, database)
    retriever.start_background(pause_s=0.001)
    with database.reading() as session:
        events = session.scalar(select(func.count()).select_from(OutboxEvent)) or 0
    pipe.send("ready")
    while True:
        slug = f"a{chance.randrange(ARTICLES)}-{events // 40}"
        newest, is_retired = state_of(database, slug)
        draw = chance.random()
        if draw < REBUILDING:
            parts, generation = open_parts(settings, database, None, fresh=True)
            fill(database, parts.engine)
            parts.engine.close()
            Generations(index_folder(settings)).promote(generation)
        elif is_retired:
            continue
        elif newest and draw < REBUILDING + RETIRING:
            retired_article(database, slug, now=utc_now())
            events += 1
            pipe.send(f"retire {slug}")
        else:
            published_article(database, slug, text_of(slug, newest + 1), title=slug, now=utc_now())
            events += 1
            pipe.send(f"publish {slug} {newest + 1}")
