"""Planting in the standing of articles: days of review and of ending, owners, pages, what is said of answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bench.planted.truth import FAULTS, TRAPS, Corpus, Draft, Page, Planted, Talk, days
from bench.planted.writing import Writer, basis_of

# Departments that cannot keep their texts true, and such as barely can: who is there.
_UNABLE = ("nobody", "editor alone", "one for both", "approver alone", "one disabled", "dissolved")
_ABLE = ("both and an editor", "both and an approver", "two of each", "two approvers", "followed")
_DEAD = ("404", "410", "no name", "no connection", "home page", "error page", "500")
_DEAD_TRAPS = ("404 once", "403", "503", "moved", "404 since yesterday", "429", "slow once", "certificate")
_CHANGED = ("figure", "repealed note", "rewritten", "clause added")
_CHANGED_TRAPS = ("layout", "counter", "blanks", "looked at", "moved", "for a day", "tag alone")
_VOTES = ("wrong", "outdated", "incomplete", "mixed", "wrong")
_VOTES_TRAPS = ("right", "declined", "withdrawn", "older words", "long ago", "nobody")
_CORRECTED_TRAPS = ("the same section", "long ago", "offered and taken", "older words")
_UNANSWERED_TRAPS = ("once", "long ago", "dismissed", "others nearer")
_UNREAD_TRAPS = ("cited lately", "few", "new article", "long ago")


class StatePlanter:
    """Plants what does not stand in words."""

    def __init__(self, writer: Writer, corpus: Corpus) -> None:
        self.writer, self.corpus, self.rng = writer, corpus, writer.rng
        self._turns: dict[str, int] = {}

    def plant(self, kind: str, is_fault: bool) -> None:
        """One fault or trap of the kind."""
        getattr(self, kind)(is_fault)

    def article(self, lang: str = "") -> Draft:
        """A new article for something to be planted in."""
        draft = self.writer.article(lang)
        draft.is_taken = True
        self.corpus.articles.append(draft)
        return draft

    def turn(self, kind: str, is_fault: bool, shapes: tuple[str, ...]) -> str:
        """The next of these shapes."""
        key = f"{kind}/{is_fault}"
        self._turns[key] = self._turns.get(key, -1) + 1
        return shapes[self._turns[key] % len(shapes)]

    def note(self, kind: str, draft: Draft, is_fault: bool, shape: str, *tolerated: str) -> None:
        """Write down what was planted."""
        self.corpus.planted.append(Planted(kind, draft.slug, is_fault, shape, "", tolerated))

    def later(self, draft: Draft, *, published: float, **changed: object) -> Draft:
        """A next revision of the article, with other words in its first section."""
        heading, body = draft.sections[0]
        more = "本节文字已经修订，以本版为准。" if draft.lang == "zh" else "This section was rewritten."
        new = replace(draft, sections=[(heading, f"{more}{body[len(body) // 2:]}"), *draft.sections[1:]], follows=[],
                      published_at=days(published), **changed)  # type: ignore[arg-type]
        draft.follows.append(new)
        return new

    # kinds

    def review(self, is_fault: bool) -> None:
        """The day of review is past or near."""
        draft = self.article()
        shape = self.turn("review", is_fault, ("overdue", "overdue", "near") if is_fault else
                          ("in time", "confirmed", "revised", "never", "later"))
        match shape:
            case "overdue":
                draft.review_by = days(-self.rng.choice((0.2, 1, 3, 20, 90, 200, 400)))
            case "near":
                draft.review_by = days(self.rng.choice((0.3, 1, 7, 20, 29)))
            case "in time":
                draft.review_by = days(self.rng.choice((32, 35, 45)))
            case "confirmed":
                draft.review_by = days(-self.rng.randint(2, 100))
                self.corpus.confirmed.append((draft.slug, days(self.rng.randint(60, 400))))
            case "revised":
                draft.review_by = days(-self.rng.randint(20, 100))
                self.later(draft, published=-15, effective_from=days(-15), review_by=days(300))
            case "never":
                draft.review_by = None
            case _:
                draft.review_by = days(self.rng.randint(61, 400))
        self.note("review", draft, is_fault, shape)

    def ending(self, is_fault: bool) -> None:
        """It ends soon, or has ended, and nothing follows."""
        draft = self.article()
        shape = self.turn("ending", is_fault, ("ended", "near") if is_fault else
                          ("far", "followed", "retired", "ended and followed", "followed at once"))
        match shape:
            case "ended":
                draft.effective_to = days(-self.rng.choice((0.5, 2, 30, 120, 200)))
            case "near":
                draft.effective_to = days(self.rng.choice((0.5, 1, 20, 45, 58)))
            case "far":
                draft.effective_to = days(self.rng.choice((62, 65, 90, 300)))
            case "followed":
                draft.effective_to = days(self.rng.randint(5, 50))
                self.later(draft, published=-5, effective_from=draft.effective_to, effective_to=None)
            case "followed at once":
                draft.effective_to = days(self.rng.randint(5, 50))
                self.later(draft, published=-5, effective_from=days(-4), effective_to=None)
            case "ended and followed":
                draft.effective_to = days(-self.rng.randint(10, 100))
                self.later(draft, published=-4, effective_from=draft.effective_to + timedelta(0), effective_to=None)
            case _:
                draft.effective_to = days(self.rng.randint(5, 50))
                self.corpus.retired.append((draft.slug, ""))
        self.note("ending", draft, is_fault, shape)

    def owner(self, is_fault: bool) -> None:
        """Its department is dissolved, or nobody there can write and another sign."""
        draft = self.article()
        shape = self.turn("owner", is_fault, _UNABLE if is_fault else _ABLE)
        code = f"{'unable' if is_fault else 'able'}-{(_UNABLE if is_fault else _ABLE).index(shape)}"
        if code not in {one["code"] for one in self.corpus.departments}:
            self._add(code, shape)
        draft.owner = code
        self.note("owner", draft, is_fault, shape)

    def _add(self, code: str, shape: str) -> None:
        found = {"code": code, "name_zh": f"市{code}中心", "name_en": f"Centre {code}", "phone": ""}
        roles = {"nobody": (), "editor alone": ("editor",), "one for both": ("editor+approver",), "dissolved": (),
                 "approver alone": ("approver",), "two approvers": ("approver", "approver"),
                 "one disabled": ("editor", "approver"), "followed": (),
                 "both and an editor": ("editor+approver", "editor"),
                 "both and an approver": ("editor+approver", "approver"),
                 "two of each": ("editor", "editor", "approver", "approver")}[shape]
        people = [(f"{code}-{n}", role, code) for n, role in enumerate(roles)]
        if shape == "one disabled":
            self.corpus.disabled.append(people[1][0])
        if shape == "dissolved":
            found["dissolved_at"] = "2025-03-01"
        if shape == "followed":
            self.corpus.dissolved.append((code, "hrss"))
        self.corpus.departments.append(found)
        self.corpus.people += people

    def _page(self, kind: str, is_fault: bool, shapes: tuple[str, ...]) -> None:
        draft = self.article()
        shape = self.turn(kind, is_fault, shapes)
        address = f"https://{draft.slug}.pages.example/zcfg/{self.rng.randint(2016, 2025)}/{draft.slug}.html"
        draft.bases = [basis_of(self.writer.document(), address)]
        self.corpus.pages.append(Page(address, f"{kind}: {shape}", draft.slug))
        self.note(kind, draft, is_fault, shape)

    def link_dead(self, is_fault: bool) -> None:
        """The page of its basis is gone."""
        self._page("link_dead", is_fault, _DEAD if is_fault else _DEAD_TRAPS)

    def link_changed(self, is_fault: bool) -> None:
        """The page of its basis says something else."""
        self._page("link_changed", is_fault, _CHANGED if is_fault else _CHANGED_TRAPS)

    def _talk(self, kind: str, is_fault: bool, shapes: tuple[str, ...], count: int, *tolerated: str) -> Draft:
        draft = self.article()
        draft.audience = "public"
        shape = self.turn(kind, is_fault, shapes)
        asked = self.writer.texts["questions"]
        same = f"same_{draft.lang}" if kind == "unanswered" else draft.lang
        questions = tuple(self.writer.fill(each, self.writer.slots(draft.lang, draft.place, draft.service, draft.owner))
                          for each in asked[same])
        if shape in ("older words", ):
            self.later(draft, published=-15, effective_from=days(-15))
        if shape == "new article":
            draft.effective_from = draft.published_at = days(-20)
        other = self.article(draft.lang).slug if kind == "corrected" or shape == "others nearer" else ""
        self.corpus.talks.append(Talk(draft.slug, f"{kind}: {shape}", count, questions, other))
        if shape == "others nearer":  # which then is the one that does not answer
            self.corpus.planted.append(Planted(kind, other, False, shape, "", ("unread", "unanswered")))
        self.note(kind, draft, is_fault, shape, *tolerated)
        return draft

    def votes(self, is_fault: bool) -> None:
        """Several people said that its words are wrong."""
        self._talk("votes", is_fault, _VOTES if is_fault else _VOTES_TRAPS, self.rng.randint(3, 6))

    def corrected(self, is_fault: bool) -> None:
        """Agents took another article's section in place of its own."""
        self._talk("corrected", is_fault, ("taken elsewhere",) if is_fault else _CORRECTED_TRAPS,
                   self.rng.randint(4, 7), "unanswered", "unread")

    def unanswered(self, is_fault: bool) -> None:
        """It was nearest to a question asked again and again, and does not answer it."""
        self._talk("unanswered", is_fault, ("asked again",) if is_fault else _UNANSWERED_TRAPS, 8, "unread")

    def unread(self, is_fault: bool) -> None:
        """Nothing cited it for long, while questions near to it had no answer."""
        self._talk("unread", is_fault, ("asked",) if is_fault else _UNREAD_TRAPS, self.rng.randint(6, 8), "unanswered")


def counts(articles: int) -> list[tuple[str, bool, int]]:
    """How many faults and traps of each kind among so many articles; three at least."""
    share = articles / 10_000
    return [(kind, is_fault, max(3, round(count * share))) for is_fault, table in ((True, FAULTS), (False, TRAPS))
            for kind, count in table.items()]
