"""Other systems that hear of notices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kb.upkeep.notice_choices import Kind
from kb.upkeep.webhooks.keeping import LONGEST_NAME, LONGEST_URL, MOST
from web.api.shapes.values import COUNT, At, Body, Cursor, Page, Shape, Short, example

_State = Literal["waiting", "sent", "dead"]
_Url = Annotated[str, Field(min_length=8, max_length=LONGEST_URL, pattern="^https?://")]


class WebhookGiven(Body):
    """A receiver to be added."""

    name: Annotated[Short, Field(max_length=LONGEST_NAME)]
    url: Annotated[_Url, Field(description="Its host must be listed in the setting `webhooks.hosts`")]
    kinds: list[Short] = Field(default_factory=list, max_length=len(Kind), description="Only these; none: all")

    model_config = example(name="OA", url="https://oa.example.org/kb", kinds=["task", "escalation"])


class WebhookState(Body):
    """Whether it is told."""

    is_paused: bool


class ToResend(Body):
    """What is to be sent anew."""

    delivery: Annotated[int, Field(ge=1, le=999_999_999)] | None = Field(
        default=None, description="This one, whatever became of it; without: all that was given up")


class DeliveryFilter(Body):
    """Which deliveries."""

    state: _State | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Webhook(Shape):
    """A receiver; its secret is never shown again."""

    id: str
    name: str
    url: str
    kinds: list[str]
    made_by: str
    made_at: At
    is_paused: bool
    waiting: int
    dead: int = Field(description="Given up")
    sent_at: At | None = Field(description="When it took something last")
    failing: str | None = Field(description="What is wrong with it, in words, where its last attempt failed")


class Webhooks(Page):
    """All receivers, by name."""

    items: Annotated[list[Webhook], Field(max_length=MOST)]


class WebhookMade(Shape):
    """A receiver that was added, and its secret, this once."""

    id: str
    name: str
    secret: str


class WebhookTested(Shape):
    """What came of a test."""

    is_taken: bool
    status: int | None = Field(description="Of its reply, where there was one")
    detail: str


class Dropped(Shape):
    """The receiver that is gone."""

    id: str


class Delivery(Shape):
    """One event for one receiver."""

    id: int
    kind: str
    key: str
    state: _State
    attempts: int
    status: int | None = Field(description="Of the reply to the last attempt")
    failure: str | None
    tried_at: At | None
    next_at: At | None


class Deliveries(Page):
    """What was sent, the newest first."""

    items: list[Delivery]


class Resent(Shape):
    """How many are sent anew."""

    count: int
