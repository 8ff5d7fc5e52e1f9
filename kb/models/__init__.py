"""Tables only; what may happen to them stands in the service modules."""

from kb.models.content import (
    Article,
    Basis,
    CoOwner,
    Confirmation,
    Department,
    Draft,
    LexiconWord,
    PassageRow,
    Publication,
    Revision,
    Signature,
    SignatureRule,
    State,
    SynonymGroup,
)
from kb.models.known import KnownQuestion
from kb.models.log import AnswerCitation, AnswerRow, AuditEntry, OutboxConsumer, OutboxEvent
from kb.models.people import ApiToken, RoleGrant, SignInAttempt, User, UserIdentity, WebSession
from kb.models.requests import IdempotencyKey
from kb.models.serving import Allowance
from kb.models.upkeep import JobRun

__all__ = [
    "Allowance", "AnswerCitation", "AnswerRow", "ApiToken", "Article", "AuditEntry", "Basis", "CoOwner",
    "Confirmation", "Department", "Draft", "IdempotencyKey", "JobRun", "KnownQuestion", "LexiconWord",
    "OutboxConsumer", "OutboxEvent", "PassageRow", "Publication", "Revision", "RoleGrant", "SignInAttempt",
    "Signature", "SignatureRule", "State", "SynonymGroup", "User", "UserIdentity", "WebSession",
]
