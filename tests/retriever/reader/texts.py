"""Passages to read, cut as the product cuts them."""

from __future__ import annotations

from dataclasses import replace

from retriever.passages.cutting import split
from retriever.reader import ReadableText
from tests.retriever.factories import passage


def readable(source: str, *, title: str = "办事指南", lang: str = "zh", article: str = "a") -> list[ReadableText]:
    """All passages of one article."""
    found = []
    for ordinal, cut in enumerate(split(source)):
        whole = passage(source[cut.start:cut.end], article=article, ordinal=ordinal, title=title, lang=lang,
                        heading_path=cut.heading_path, context=cut.context)
        found.append(ReadableText(replace(whole, start=cut.start, end=cut.end, body=cut.body, units=cut.units), source))
    return found


CARD = """# 社保卡补办

## 材料

补办社保卡要带以下材料：

- 本人身份证原件
- 一寸白底照片两张

## 费用

| 项目 | 收费（元） |
|---|---|
| 首次补办 | 20 |
| 再次补办 | 40 |

低保对象免收工本费。
"""
FERRY = """# Island ferry

## Times

The last ferry leaves the island at 18:30. On public holidays it leaves at 20:00.

## Fares

A return ticket costs 12 dollars. Children under six travel free.
"""
