"""The files of an import: which belong to which article, and which are no article files at all.

``<slug>.md`` is an article's newest revision, ``<slug>.rN.md`` its older ones. Links are never followed, hidden files
and folders left alone.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.errors import Invalid
from kb.messages.message import Message

_NAME = re.compile(r"(?P<slug>.+?)(?:\.r(?P<number>\d{1,6}))?\.md", re.IGNORECASE)
_NEWEST = 999_999_999


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """One file of an article. ``label`` is its name in reports, ``number`` the revision its name states."""

    path: Path
    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Root:
    """Where files are looked for; an unpacked archive is reported under the archive's own name."""

    path: Path
    label: str


def article_files(roots: Sequence[Root]) -> tuple[dict[str, list[ArticleFile]], list[tuple[str, Message]]]:
    """Article files by slug, oldest first, and (label, reason) of those that cannot be taken.

    Raises Invalid for a path that is not there or is no article file.
    """
    groups: dict[str, list[ArticleFile]] = defaultdict(list)
    refused: list[tuple[str, Message]] = []
    seen: set[Path] = set()
    for root in roots:
        for path in _below(root, refused):
            label = f"{root.label}/{path.relative_to(root.path).as_posix()}" if path != root.path else root.label
            match = _NAME.fullmatch(path.name)
            if path.is_symlink() or not path.is_file() or match is None:
                refused.append((label, Message("not a regular file; links are not followed")))
            elif path.resolve() not in seen:
                seen.add(path.resolve())
                number = int(match["number"]) if match["number"] else None
                groups[match["slug"]].append(ArticleFile(path, label, number))
    return {slug: sorted(files, key=lambda f: f.number or _NEWEST) for slug, files in sorted(groups.items())}, refused


def _below(root: Root, refused: list[tuple[str, Message]]) -> Iterator[Path]:
    """The Markdown files of a root in a stable order; folders that cannot be read join the refused."""
    def unreadable(error: OSError) -> None:
        refused.append((str(error.filename), Message("cannot be read: {strerror}", strerror=error.strerror)))

    is_markdown = root.path.suffix.lower() == ".md"
    if root.path.is_dir():
        for folder, folders, names in os.walk(root.path, onerror=unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names)
                        if name.lower().endswith(".md") and not name.startswith("."))
    elif is_markdown and (root.path.exists() or root.path.is_symlink()):
        yield root.path
    elif root.path.exists():
        raise Invalid("not_article", "{label}: not a folder, an archive (.zip, .tar.gz) or a Markdown file (.md)",
                      label=root.label)
    else:
        raise Invalid("no_file", "{label}: no such file or folder", label=root.label)
