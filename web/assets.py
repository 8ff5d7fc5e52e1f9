"""The front-end libraries of node_modules as the pages load them: ``python -m web.assets``, run by ``make setup``.

Nothing is bundled or rewritten: each library's own file is copied, and the icons in use become one sprite, because a
page may load nothing but its own files and no inline picture.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENDOR = Path(__file__).parent / "static" / "vendor"
COPIED = {
    "@github/combobox-nav/dist/index.js": "combobox-nav.js",
    "modern-normalize/modern-normalize.css": "modern-normalize.css",
}
# name in the templates -> drawing of heroicons
ICONS = {
    "search": "24/outline/magnifying-glass", "ask": "24/outline/paper-airplane",
    "copy": "24/outline/document-duplicate",
    "close": "24/outline/x-mark", "phone": "24/outline/phone", "new": "24/outline/plus",
    "calendar": "24/outline/calendar-days", "warning": "24/outline/exclamation-triangle",
    "info": "24/outline/information-circle", "lock": "24/outline/lock-closed", "open": "24/outline/arrow-up-right",
    "history": "24/outline/clock", "next": "24/outline/chevron-right", "user": "24/outline/user-circle",
    "department": "24/outline/building-library", "document": "24/outline/document-text",
    "question": "24/outline/question-mark-circle", "compare": "24/outline/arrows-right-left",
    "sure": "24/outline/check-circle", "steps": "24/outline/numbered-list", "fee": "24/outline/banknotes",
    "place": "24/outline/map-pin",
}
_OPENING = re.compile(r"^\s*<svg\b[^>]*>|</svg>\s*$")


def symbol(name: str, svg: str) -> str:
    """One drawing as a symbol of the sprite."""
    return (f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5">'
            f"{_OPENING.sub('', svg.strip()).strip()}</symbol>")


def build(modules: Path, target: Path) -> None:
    """Fill ``target`` from ``modules``; raises FileNotFoundError when ``npm ci`` has not run."""
    target.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        shutil.copyfile(modules / source, target / name)
    drawings = (symbol(name, (modules / "heroicons" / f"{path}.svg").read_text(encoding="utf-8"))
                for name, path in ICONS.items())
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(drawings)}</svg>\n'
    (target / "icons.svg").write_text(sprite, encoding="utf-8")


if __name__ == "__main__":
    build(ROOT / "node_modules", VENDOR)
