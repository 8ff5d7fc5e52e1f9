"""What a person chooses about their notices, kept: their own choices, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import settings_of
from kb.errors import Denied, Invalid
from kb.models import NoticeChoice, User
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.settings import MailSettings
from kb.upkeep.mailing import check_address
from kb.upkeep.notice_choices import Choices, Kind, Way


def choices_of(session: Session, viewer: Actor) -> Choices:
    """The viewer's choices as they stand."""
    return Choices.of(session.get(NoticeChoice, _own(session, viewer)), settings_of(session).hotline.language)


def choose(session: Session, viewer: Actor, *, mail: str, language: str, ways: Mapping[str, str], digest_hour: int,
           is_on_working_days: bool, quiet: tuple[int, int] | None, now: datetime, origin: str) -> Choices:
    """Keep the viewer's choices; raises Invalid by field. The log is told that they changed, not the address."""
    user_id = _own(session, viewer)
    domains = settings_of(session).section(MailSettings).domains
    address = check_address(mail, key="mail", domains=domains) if mail.strip() else ""
    if language not in ("zh", "en"):
        raise Invalid("language", "language must be zh or en", fields={"language": "unknown"})
    if not 0 <= digest_hour <= 23:
        raise Invalid("digest_hour", "an hour is 0 to 23", fields={"digest_hour": "out of range"})
    if quiet is not None and (not all(0 <= hour <= 23 for hour in quiet) or quiet[0] == quiet[1]):
        raise Invalid("quiet", "quiet hours go from one hour, 0 to 23, to another", fields={"quiet_from": "no hours"})
    wanted = {kind: Way(way) for kind, way in ways.items() if kind in list(Kind) and way in list(Way)}
    session.merge(NoticeChoice(
        user_id=user_id, mail=address, language=language, ways={k: w.value for k, w in wanted.items()},
        digest_hour=digest_hour, is_on_working_days=is_on_working_days,
        quiet_from=quiet[0] if quiet else None, quiet_to=quiet[1] if quiet else None))
    session.flush()
    record(session, viewer, "choose_notices", f"user:{user_id}", now=now, origin=origin)
    return choices_of(session, viewer)


def own_choice(session: Session, viewer: Actor) -> NoticeChoice:
    """The viewer's row, made where there is none yet."""
    user_id = _own(session, viewer)
    row = session.get(NoticeChoice, user_id)
    if row is None:
        row = NoticeChoice(user_id=user_id, language=settings_of(session).hotline.language)
        session.add(row)
        session.flush()
    return row


def _own(session: Session, viewer: Actor) -> str:
    """The viewer's own account; raises Denied for who has none."""
    user = session.get(User, viewer.user_id) if viewer.user_id else None
    if user is None:
        raise Denied("no_person", "{actor} is no person; sign in", actor=viewer.name)
    require(viewer, Action.KEEP_ACCOUNT, user)
    return user.id
