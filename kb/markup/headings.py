"""A document's sections by their headings: how people and records name a place that outlives a revision.

A section is what stands below a heading up to the next one of any level, and has text of its own. The retriever's
passages carry the same headings (a test holds them equal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.markup.document import Document

JOINT = " › "  # between the headings of a path, where it is written on one line
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A section's headings, the nearest last, and the range of its text; before the first heading there are none."""

    path: Path
    start: int
    end: int


def places(document: Document) -> list[Place]:
    """The sections that have text, in reading order; two of them may have equal headings."""
    found: list[Place] = []
    path: list[tuple[int, str]] = []
    is_new = True
    for block in document.root.blocks:
        if block.kind == "heading":
            path = [(n, t) for n, t in path if n < block.level] + [(block.level, document.text_of(block))]
            is_new = True
        elif block.kind != "rule" and document.visible(block.start, block.end, struck=True).strip():
            if is_new:
                found.append(Place(tuple(title for _, title in path), block.start, block.end))
            else:
                found[-1] = Place(found[-1].path, found[-1].start, block.end)
            is_new = False
    return found


def below_title(path: Sequence[str], title: str) -> Path:
    """The headings without the article's own title above them, which may change while they stand."""
    return tuple(path[1:] if path and path[0] == title else path)


def named(paths: Sequence[Path], name: str, title: str) -> Path | None:
    """The one of these paths that a name means: the nearest heading, or all of them joined by `` › ``.

    Nothing, or the title, means what stands before the first heading. None where no path or more than one is meant.
    """
    if name in ("", title) and () in paths:
        return ()
    joined = [path for path in paths if path and JOINT.join(path) == name]
    nearest = joined or [path for path in paths if path and path[-1] == name]
    return nearest[0] if len(set(nearest)) == 1 else None


def name_of(paths: Sequence[Path], path: Path, title: str) -> str:
    """The shortest name that :func:`named` takes for this path among these."""
    short = path[-1] if path else ""
    return short if named(paths, short, title) == path else JOINT.join(path)
