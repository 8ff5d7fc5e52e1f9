"""What a text's department and category ask of it: read by the staff, set by knowledge managers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from kb.articles.acts import rules
from kb.articles.acts.rules import CategoryRule
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.rules import (
    Categories,
    Category,
    CategoryGiven,
    RuleFilter,
    RuleGiven,
    SignatureRule,
    SignatureRules,
)
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge


@route("GET", "/rules", Action.READ_HISTORY, query=RuleFilter, reply=SignatureRules)
def list_rules(session: Session, query: RuleFilter) -> dict[str, Any]:
    """How often the owner signs, by department and category"""
    after = read_cursor(query) or ""
    found = sorted(rules.list_rules(session), key=_position)
    return paged([one for one in found if _position(one) > after], query, lambda one: _rule(*one), _position)


@route("PUT", "/rules", Action.EDIT_RULES, scope="write", body=RuleGiven, reply=SignatureRule)
def set_rule(session: Session, body: RuleGiven) -> dict[str, Any]:
    """Say how often the owner signs; texts in review wait by the new rule"""
    department, category = body.department or "", body.category or ""
    rules.set_rule(session, viewer(), department=department, category=category,
                   owner_signatures=body.owner_signatures, now=edge().clock(), origin="api")
    return _rule(department, category, body.owner_signatures)


@route("GET", "/categories", Action.READ_HISTORY, query=RuleFilter, reply=Categories)
def list_categories(session: Session, query: RuleFilter) -> dict[str, Any]:
    """The categories that a text may have"""
    after = read_cursor(query) or ""
    found = sorted(rules.list_categories(session), key=_name)
    return paged([one for one in found if _name(one) > after], query, CategoryRule.as_dict, _name)


@route("PUT", "/categories", Action.EDIT_RULES, scope="write", body=CategoryGiven, reply=Category)
def set_category(session: Session, body: CategoryGiven) -> dict[str, Any]:
    """Add a category, or change its risk and its review interval"""
    return rules.set_category(session, viewer(), body.category, risk=body.risk, review_days=body.review_days,
                              now=edge().clock(), origin="api").as_dict()


def _rule(department: str, category: str, count: int) -> dict[str, Any]:
    return {"department": department or None, "category": category or None, "owner_signatures": count}


def _position(rule: tuple[str, str, int]) -> str:
    return f"{rule[0]} {quote(rule[1])}"  # a cursor holds ASCII


def _name(found: CategoryRule) -> str:
    return quote(found.name)
