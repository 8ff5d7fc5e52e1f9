"""The words of somebody else's page, for telling whether it still says the same.

Tags go, and with them what stands around the words on every page of a site: navigation, head, foot, forms, scripts.
Where a page marks its main part, that alone counts. Spaces and widths do not count, nor lines that change with every
visit, such as how often the page was read. Sanitised by nh3, which takes linear time whatever it is given.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import nh3

_AROUND = {"script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "select",
           "svg", "iframe", "head", "title"}
_MAIN = ("main", "article")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{2,30})""", re.IGNORECASE)
_VISITS = re.compile(
    r"(?:浏览|阅读|访问|点击)(?:次数|人数|量|数)?[:：]?\d*次?|今天是[^。\n]{0,30}|(?:打印|关闭|分享|收藏)(?:本页|窗口|到)?"
    r"|(?:pageviews?|views|visits)[:：]?\d+", re.IGNORECASE)


def page_text(html: str) -> str:
    """The words of the page, without any spaces; empty where there are none."""
    kept = nh3.clean(html, tags=set(_MAIN), clean_content_tags=_AROUND, attributes={}, link_rel=None)
    for tag in _MAIN:
        first, last = kept.find(f"<{tag}>"), kept.rfind(f"</{tag}>")
        if 0 <= first < last:
            kept = kept[first:last]
            break
    text = unescape(re.sub(rf"</?(?:{'|'.join(_MAIN)})>", "", kept))
    return _VISITS.sub("", "".join(unicodedata.normalize("NFKC", text).split()))


def decoded(body: bytes, charset: str = "") -> str:
    """A page's text by what its sender or the page itself says, else UTF-8 or GB 18030; what cannot be read is left
    out."""
    said = _CHARSET.search(body[:4_096])
    for name in (charset, said[1].decode("ascii") if said else "", "utf-8", "gb18030"):
        if name:
            try:
                return body.decode("gb18030" if name.lower() in ("gb2312", "gbk") else name)
            except (UnicodeDecodeError, LookupError):
                continue
    return body.decode("utf-8", "ignore")
