"""``kb callbacks scan`` and ``kb gaps scan``: what the clock does, now."""

from __future__ import annotations

import argparse

from kb.clock import utc_now
from kb.content import lexicon
from kb.db import Database
from kb.settings import RetentionSettings, Settings, UpkeepSettings
from retriever.callbacks import find_callbacks
from retriever.factory import build_embedder
from retriever.gaps import find_gaps
from retriever.language.analysis import Analyser
from retriever.shell import say


def callbacks(_args: argparse.Namespace, settings: Settings, database: Database) -> int:
    """Look for texts that were replaced."""
    named = find_callbacks(database, _analyser(database), days=settings.section(UpkeepSettings).callback_days,
                           now=utc_now(), origin="cli")
    say("{named} calls more have to be told something", named=named)
    return 0


def gaps(_args: argparse.Namespace, settings: Settings, database: Database) -> int:
    """Gather the questions that are in no gap yet."""
    done, new = find_gaps(database, _analyser(database), build_embedder(settings),
                          days=settings.section(RetentionSettings).question_days, now=utc_now())
    say("{done} questions without an answer gathered, {new} gaps are new", done=done, new=new)
    return 0


def _analyser(database: Database) -> Analyser:
    with database.reading() as session:
        words = lexicon.load(session)
    return Analyser(words.words, words.groups, words.said)
