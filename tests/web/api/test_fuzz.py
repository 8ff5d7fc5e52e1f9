"""All that the description allows, and what it does not, asked by schemathesis as a citizen, an editor and an admin.

Whatever comes in, the reply is one that the description knows, of its schema and media type; what the schema forbids is
refused, and nothing makes the server fail. The same requests every time, on a small knowledge base of its own, about
things that are there.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from tests.web.api.world import World, world
from web.replies import LONGEST_KEY

_OFF = {"enabled": False}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


def configured(made: World, login: str) -> SchemathesisConfig:
    """Two examples of every kind; as an editor, who gets furthest, also the limits of every value.

    Not asked is what the schema cannot say: whether a title is clean, or a state allows it.
    """
    named = {f"path.{name}": next(getattr(thing, attribute) for thing in made.things if thing.kind == kind)
             for name, kind, attribute in (("slug", "article", "slug"), ("draft_id", "draft", "key"),
                                           ("known_id", "known", "key"), ("login", "person", "slug"),
                                           ("code", "department", "slug"), ("sha256", "carrying", "sha256"),
                                           ("phone_id", "phone", "key"), ("document_id", "register", "key"),
                                           ("link_id", "link", "key"), ("webhook_id", "webhook", "key"))}
    limits = {"enabled": login == "hrss-editor", "unexpected-methods": ["PUT"],
              "generate-duplicate-query-parameters": True}
    return SchemathesisConfig.from_dict({
        "seed": 1, "continue-on-failure": True, "headers": made.headers[login],
        "parameters": {**named, "path.number": 1},
        "generation": {"max-examples": 2, "deterministic": True, "database": "none"},
        "phases": {"stateful": _OFF, "coverage": limits},
        "checks": {"positive_data_acceptance": _OFF, "ignored_auth": _OFF,  # one may ask as a citizen
                   # that somebody was first is a refusal too: what is no version at all is one that nobody saw
                   "negative_data_rejection": {"expected-statuses": [
                       "400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429", "5xx"]},
                   "missing_required_header": {"expected-statuses": ["401", "403", "428"]}},
    })


@pytest.mark.parametrize("login", ["citizen", "hrss-editor", "admin"])
def test_every_reply_is_one_that_the_description_knows(made: World, login: str) -> None:
    numbers = itertools.count()

    def each_under_its_own_key(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        """Else most would only be told that theirs came with another request."""
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():  # a wrong one must stay wrong
            environ["HTTP_IDEMPOTENCY_KEY"] = f"{key[:-8]}{next(numbers):08}"
        return made.app(environ, start)

    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", each_under_its_own_key,
                                               config=configured(made, login))
    statuses, wrong = Counter[int](), []
    for event in from_schema(described).execute():
        if isinstance(event, FatalError | NonFatalError):
            wrong.append(str(event))
        elif isinstance(event, ScenarioFinished):
            statuses.update(i.response.status_code if i.response else 0 for i in event.recorder.interactions.values())
            found = [node.failure_info for checks in event.recorder.checks.values() for node in checks]
            wrong += [f"{event.recorder.label}: {one.failure.title} {one.failure.message}\n{one.code_sample}"
                      for one in found if one]
    made.restore()
    assert not wrong, f"{len(wrong)}\n" + "\n\n".join(wrong[:20])
    assert sum(statuses.values()) > 80 and not statuses[0], statuses
    assert login != "hrss-editor" or (statuses[200] + statuses[201] > 90 and statuses[400] > 900), statuses
