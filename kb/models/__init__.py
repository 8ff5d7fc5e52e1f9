"""Tables only; what may happen to them stands in the service modules."""

from kb.models.acts import Confirmation, Hiding, Redaction, Transfer, Urgency
from kb.models.attachments import Attachment, AttachmentPiece, RevisionAttachment
from kb.models.checks import DraftCheck
from kb.models.conflicts import ConflictPair, ConflictReading
from kb.models.content import Article, Basis, CoOwner, Department, Draft, Publication, Revision, Signature, State
from kb.models.copied import CopyChange, CopyReading, CopySentence
from kb.models.facts import FactReading, FactRow
from kb.models.feedback import CallbackEntry, CallbackLook, FeedbackRow, GapQuestion, GapRow
from kb.models.finding import LexiconWord, PassageRow, SynonymGroup
from kb.models.known import KnownQuestion
from kb.models.log import AnswerCitation, AnswerRow, AuditEntry, OutboxConsumer, OutboxEvent
from kb.models.notices import Notice, NoticeChoice, NoticeDelivery, Webhook
from kb.models.people import ApiToken, RoleGrant, SignInAttempt, User, UserIdentity, WebSession
from kb.models.readings import TextDate, TextDocument, TextLink, TextReading
from kb.models.registers import LedgerPhone, RegisterDocument, SourceLink, SourceLinkLook
from kb.models.requests import IdempotencyKey
from kb.models.reviewing import ReviewComment, RevisionLook
from kb.models.rules import Category, SignatureRule
from kb.models.serving import Allowance
from kb.models.signals import SignalEvidence, SignalRow
from kb.models.tasks import Absence, ReviewTask, TaskStep
from kb.models.upkeep import CalendarDay, CalendarYear, JobRun, ScheduledJob

__all__ = [
    "Absence", "Allowance", "AnswerCitation", "AnswerRow", "ApiToken", "Article", "Attachment", "AttachmentPiece",
    "AuditEntry", "Basis", "CalendarDay", "CalendarYear", "CallbackEntry", "CallbackLook", "Category", "CoOwner",
    "Confirmation", "ConflictPair", "ConflictReading", "CopyChange", "CopyReading",
    "CopySentence", "Department", "Draft", "DraftCheck", "FactReading", "FactRow",
    "FeedbackRow", "GapQuestion", "GapRow", "Hiding", "IdempotencyKey", "JobRun", "KnownQuestion", "LedgerPhone",
    "LexiconWord", "Notice", "NoticeChoice", "NoticeDelivery", "OutboxConsumer", "OutboxEvent", "PassageRow",
    "Publication", "Redaction", "RegisterDocument", "ReviewComment", "ReviewTask", "Revision", "RevisionAttachment",
    "RevisionLook", "RoleGrant", "ScheduledJob", "SignInAttempt", "SignalEvidence", "SignalRow", "Signature",
    "SignatureRule", "SourceLink", "SourceLinkLook", "State", "SynonymGroup", "TaskStep", "TextDate", "TextDocument",
    "TextLink", "TextReading", "Transfer", "Urgency", "User", "UserIdentity", "WebSession", "Webhook",
]
