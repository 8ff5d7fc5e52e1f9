"""Tables only; what may happen to them stands in the service modules."""

from kb.models.content import (
    Approval,
    Article,
    Basis,
    CoOwner,
    Department,
    LexiconWord,
    PassageRow,
    Publication,
    Revision,
    State,
    SynonymGroup,
)
from kb.models.known import KnownQuestion
from kb.models.log import AnswerCitation, AnswerRow, AuditEntry, OutboxEvent
from kb.models.people import ApiToken, RoleGrant, SignInAttempt, User, WebSession

__all__ = [
    "AnswerCitation", "AnswerRow", "ApiToken", "Approval", "Article", "AuditEntry", "Basis", "CoOwner", "Department",
    "KnownQuestion", "LexiconWord", "OutboxEvent", "PassageRow", "Publication", "Revision",
    "RoleGrant", "SignInAttempt", "State", "SynonymGroup", "User", "WebSession",
]
