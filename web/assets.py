"""The front-end libraries of node_modules as the pages load them: ``python -m web.assets``, run by ``make setup``.

Nothing is bundled: each library's own file is copied. In modules that import others by their bare names, which a
browser cannot resolve, these become names of files, so that no bundler's binary is needed on any processor. The icons
in use become one sprite, because a page may load nothing but its own files and no inline picture.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENDOR = Path(__file__).parent / "static" / "vendor"
COPIED = {
    "@github/combobox-nav/dist/index.js": "combobox-nav.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "modern-normalize/modern-normalize.css": "modern-normalize.css",
}
# The editor and all it rests on: package -> its module
MODULES = {
    **dict.fromkeys(("@codemirror/commands", "@codemirror/language", "@codemirror/search", "@codemirror/state",
                     "@codemirror/streamparser", "@codemirror/view", "@lezer/common", "@lezer/highlight",
                     "@lezer/markdown"), "dist/index.js"),
    "@marijn/find-cluster-break": "src/index.js", "crelt": "index.js", "style-mod": "src/style-mod.js",
    "w3c-keyname": "index.js",
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
_IMPORT = re.compile(r"""(?m)^(import\b[^'";]*|export\b[^'";]*\bfrom\s*)(['"])([^'".][^'"]*)\2""")
_OPENING = re.compile(r"^\s*<svg\b[^>]*>|</svg>\s*$")


def file_name(package: str) -> str:
    """The vendored file of a package's module, all of which lie in one folder."""
    return f"{package.removeprefix('@').replace('/', '-')}.js"


def resolved(module: str) -> str:
    """A module's text with files in place of other packages' names; raises KeyError for one that is not vendored."""
    names = {package: file_name(package) for package in MODULES}
    return _IMPORT.sub(lambda found: f"{found[1]}{found[2]}./{names[found[3]]}{found[2]}", module)


def symbol(name: str, svg: str) -> str:
    """One drawing as a symbol of the sprite."""
    return (f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5">'
            f"{_OPENING.sub('', svg.strip()).strip()}</symbol>")


def build(modules: Path, target: Path) -> None:
    """Fill ``target`` from ``modules``; raises FileNotFoundError when ``npm ci`` has not run."""
    target.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        shutil.copyfile(modules / source, target / name)
    for package, path in MODULES.items():
        text = (modules / package / path).read_text(encoding="utf-8")
        (target / file_name(package)).write_text(resolved(text), encoding="utf-8")
    drawings = (symbol(name, (modules / "heroicons" / f"{path}.svg").read_text(encoding="utf-8"))
                for name, path in ICONS.items())
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(drawings)}</svg>\n'
    (target / "icons.svg").write_text(sprite, encoding="utf-8")


if __name__ == "__main__":
    build(ROOT / "node_modules", VENDOR)
