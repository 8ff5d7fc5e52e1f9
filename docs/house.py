"""The picture of the house, ``docs/images/house.svg``, drawn from the imports: ``python -m docs.house``.

A floor for each package. In the middle every room of the retriever stands above all that it imports; an arrow that
follows from others is left out. The same code gives the same bytes, so a test can hold the picture up to date.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/images/house.svg"
ABOVE, MIDDLE, BELOW = "web", "retriever", "kb"
EVERYWHERE = "kb.messages"  # errors and texts: an arrow from every room would say nothing
PURE = "kb.markup"  # of the lowest floor, but it knows nothing of what stands there

_WIDTH, _MARGIN, _GAP, _ROW = 1120, 24, 18, 44  # pixels; _ROW is left between levels for the arrows
_LETTER, _SMALL, _LINE = 8.2, 6.1, 15  # width of a letter of a name, of a summary; height of its line
_SWEEPS = 12  # over the levels, to order the rooms so that few arrows cross
_STYLE = """
  text { font: 11.5px system-ui, "Noto Sans", "DejaVu Sans", sans-serif; fill: #444 }
  .name { font-size: 13px; font-weight: 600; fill: #111 } .taken { font-weight: 600; fill: #0b4a8f }
  rect { stroke: #9aa4ae; fill: #fff } .floor { fill: #f4f1ea } .core { fill: #e7f3e8 } .rim { fill: #e4eefb }
  .lab { fill: #f3f3f3; stroke-dasharray: 4 3 } path { fill: none; stroke: #77818b; stroke-width: 1.1 }
"""


@dataclass(slots=True)
class Room:
    """A folder or a module of the retriever, a whole other package, or (without a name) the bend of a long arrow."""

    name: str = ""
    kind: str = "bend"
    lines: Sequence[str] = ()
    level: int = 0
    x: float = 0.0  # of the middle
    y: float = 0.0  # of the upper edge
    width: float = 10.0
    height: float = 0.0
    bottom: float = 0.0  # of its level
    over: list[Room] = field(default_factory=list)  # what it imports, one level below
    under: list[Room] = field(default_factory=list)


def draw() -> str:
    """The picture as SVG."""
    graph = grimp.build_graph(BELOW, MIDDLE, ABOVE, cache_dir=None)
    taken = rooms_taken(graph)
    arrows = reduced(taken)
    levels = levelled(taken, arrows, graph)
    _order(levels)
    height = _place(levels)
    return _svg([room for level in levels for room in level], height)


def rooms_taken(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """Each room with those that it imports. The rooms of the other two packages count as one, save the pure one."""
    def room(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[:2]) if parts[0] == MIDDLE or module.startswith(PURE) else parts[0]

    found: dict[str, set[str]] = {BELOW: set(), PURE: set()}
    for module in sorted(m for m in graph.modules - {MIDDLE} if not m.startswith(BELOW)):
        imported = {room(m) for m in graph.find_modules_directly_imported_by(module) if not m.startswith(EVERYWHERE)}
        found.setdefault(room(module), set()).update(imported - {room(module), MIDDLE})
    return found


def reduced(taken: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The imports without those that follow from others."""
    return {name: {t for t in below if not any(t in reached(other, taken) for other in below - {t})}
            for name, below in taken.items()}


def reached(name: str, taken: Mapping[str, set[str]]) -> set[str]:
    """All that a room imports, itself or through others."""
    return taken[name].union(*(reached(t, taken) for t in taken[name]))


def levelled(taken: Mapping[str, set[str]], arrows: Mapping[str, set[str]], graph: grimp.ImportGraph,
             ) -> list[list[Room]]:
    """The rooms by level, the domain lowest, every arrow cut into steps of one level."""
    level: dict[str, int] = {BELOW: 0, PURE: 0}

    def stand(name: str) -> int:
        if name not in level:
            level[name] = 1 + max((stand(t) for t in taken[name]), default=0)
        return level[name]

    level[ABOVE] = 1 + max(stand(name) for name in taken if name != ABOVE)

    rooms = {name: _room(name, taken, graph) for name in sorted(taken)}
    rooms[BELOW].width -= rooms[PURE].width + _GAP
    for name, room in rooms.items():
        room.level = stand(name)
    levels: list[list[Room]] = [[] for _ in range(level[ABOVE] + 1)]
    for room in rooms.values():
        levels[room.level].append(room)
    for name in sorted(arrows):
        for target in sorted(arrows[name]):
            _join(rooms[name], rooms[target], levels)
    return levels


def _room(name: str, taken: Mapping[str, set[str]], graph: grimp.ImportGraph) -> Room:
    path = ROOT / name.replace(".", "/")
    if name in (ABOVE, BELOW):
        above = {BELOW: MIDDLE, ABOVE: ""}[name]
        return Room(name, "floor", _contents(graph, name, above), width=_WIDTH - 2 * _MARGIN)
    shown = (name if name == PURE else name.split(".")[1]) + "/" * path.is_dir()
    lines = textwrap.wrap(_summary(path / "__init__.py"), 34) if path.is_dir() else []
    kind = "lab" if name.endswith(".lab") else "rim" if BELOW in reached(name, taken) else "core"
    width = max([len(shown) * _LETTER, *(len(line) * _SMALL for line in lines)]) + 20
    return Room(shown, kind, lines, width=width)


def _contents(graph: grimp.ImportGraph, package: str, above: str) -> list[str]:
    """The names in a package, wrapped; those that the floor above imports are between asterisks."""
    shown: dict[str, bool] = {}
    for module in sorted(graph.modules):
        if module.startswith(f"{package}.") and not module.startswith(PURE) and "__main__" not in module:
            name = module.split(".")[1] + "/" * (ROOT / package / module.split(".")[1]).is_dir()
            importers = graph.find_modules_that_directly_import(module) if above else ()
            shown[name] = shown.get(name, False) or any(m.startswith(f"{above}.") for m in importers)
    return textwrap.wrap(" ".join(f"*{name}*" if is_taken else name for name, is_taken in shown.items()), 125)


def _summary(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).split(". ")[0].rstrip(".")


def _join(upper: Room, lower: Room, levels: Sequence[list[Room]]) -> None:
    """An arrow, with a bend on each level between."""
    for level in range(upper.level - 1, lower.level, -1):
        bend = Room(level=level)
        levels[level].append(bend)
        upper.over.append(bend)
        bend.under.append(upper)
        upper = bend
    upper.over.append(lower)
    lower.under.append(upper)


def _order(levels: Sequence[list[Room]]) -> None:
    """Order each level by the middle of what its rooms are joined with, from below and from above in turn."""
    for sweep in range(_SWEEPS):
        for level in levels if sweep % 2 else list(reversed(levels)):
            at = {id(room): n / len(row) for row in levels for n, room in enumerate(row)}
            mean = {id(room): _mean([at[id(r)] for r in (room.over if sweep % 2 else room.under) if r.kind != "floor"],
                                    at[id(room)]) for room in level}
            level.sort(key=lambda room, mean=mean: mean[id(room)])  # type: ignore[misc]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _place(levels: Sequence[list[Room]]) -> float:
    """Give every room its place; the height of the whole."""
    for row in levels:
        _spread(row, [(n + 0.5) * _WIDTH / len(row) for n in range(len(row))])
    for _ in range(_SWEEPS):
        for row in (*levels, *reversed(levels)):
            _spread(row, [_mean([r.x for r in (*room.over, *room.under) if "floor" not in (r.kind, room.kind)], room.x)
                          for room in row])
    y = float(_MARGIN)
    for row in reversed(levels):
        tallest = max((26 + _LINE * len(room.lines) for room in row if room.name), default=0)
        for room in row:
            room.y = y
            room.height = 26 + _LINE * len(room.lines) if room.name else tallest
            room.bottom = y + tallest
        y += tallest + _ROW
    return y - _ROW + _MARGIN + 2 * _LINE


def _spread(row: Sequence[Room], wanted: Sequence[float]) -> None:
    """Place a row as near as can be (least squares) to where it wants to be, in its order and without touching."""
    offsets = [0.0]
    for before, room in pairwise(row):
        offsets.append(offsets[-1] + (before.width + room.width) / 2 + _GAP)
    pools: list[tuple[float, int]] = []  # (mean, rooms): neighbours that would overlap move as one
    for x, offset in zip(wanted, offsets, strict=True):
        mean, count = x - offset, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        pools.append((mean, count))
    margin = _MARGIN if any(room.kind == "floor" for room in row) else _MARGIN + _GAP
    low = margin + row[0].width / 2
    high = max(low, _WIDTH - margin - row[-1].width / 2 - offsets[-1])
    bases = [min(max(mean, low), high) for mean, count in pools for _ in range(count)]
    for room, base, offset in zip(row, bases, offsets, strict=True):
        room.x = round(base + offset, 1)


def _svg(rooms: Sequence[Room], height: float) -> str:
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img">',
             f"<title>The rooms of {BELOW}, {MIDDLE} and {ABOVE}, and what imports what</title>",
             f"<style>{_STYLE}</style>",
             '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
             '<polygon points="0,1 8,4 0,7" fill="#77818b"/></marker>',
             f'<rect width="{_WIDTH}" height="{height:.0f}" style="fill:#fff;stroke:none"/>']
    top, bottom = (next(r for r in rooms if r.name == name) for name in (ABOVE, BELOW))
    parts += [f'<rect class="floor" x="{_MARGIN}" y="{top.bottom + _ROW / 2:.1f}" width="{top.width}" '
              f'height="{bottom.y - top.bottom - _ROW:.1f}" rx="5"/>',
              f'<text class="name" x="{_MARGIN + 12}" y="{top.bottom + _ROW / 2 + 20:.1f}">{MIDDLE}</text>']
    parts += [line for room in rooms for line in _arrows(room)]
    parts += [line for room in rooms if room.name for line in _box(room)]
    says = ("An arrow: imports; those that follow from others are left out. Green: runs on any corpus. Blue: meets the "
            "knowledge base. Bold: what the floor above imports.")
    parts.append(f'<text x="{_MARGIN}" y="{height - _LINE:.1f}">{says}</text>')
    return "\n".join((*parts, "</svg>\n"))


def _port(room: Room, other: Room, others: Iterable[Room]) -> float:
    """Where along a room's edge the arrow to another one begins or ends."""
    if room.kind == "floor":
        return min(max(other.x, room.x - room.width / 2 + 8), room.x + room.width / 2 - 8)
    beside = sorted(others, key=lambda r: r.x)
    place = next(n for n, r in enumerate(beside) if r is other)
    return room.x + (place + 1) / (len(beside) + 1) * room.width * 0.8 - room.width * 0.4


def _arrows(room: Room) -> list[str]:
    """The steps from a room downwards."""
    found = []
    for lower in room.over:
        x1, x2 = _port(room, lower, room.over), _port(lower, room, lower.under)
        bend = (room.bottom + lower.y) / 2
        end = ' marker-end="url(#tip)"' if lower.name else ""
        rest = "" if lower.name else f" V{lower.bottom:.1f}"
        found.append(f'<path d="M{x1:.1f},{room.y + room.height:.1f} V{room.bottom:.1f} C{x1:.1f},{bend:.1f} '
                     f'{x2:.1f},{bend:.1f} {x2:.1f},{lower.y:.1f}{rest}"{end}/>')
    return found


def _box(room: Room) -> list[str]:
    left, middle = room.x - room.width / 2, room.x
    lines = [f'<rect class="{room.kind}" x="{left:.1f}" y="{room.y:.1f}" width="{room.width:.1f}" '
             f'height="{room.height:.1f}" rx="5"/>',
             f'<text class="name" x="{middle:.1f}" y="{room.y + 17:.1f}" text-anchor="middle">{room.name}</text>']
    for n, line in enumerate(room.lines, 1):
        words = " ".join(f'<tspan class="taken">{escape(w.strip("*"))}</tspan>' if w.startswith("*") else escape(w)
                         for w in line.split(" "))
        lines.append(f'<text x="{middle:.1f}" y="{room.y + 17 + n * _LINE:.1f}" text-anchor="middle">{words}</text>')
    return lines


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(), encoding="utf-8")
