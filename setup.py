"""The one step of packaging that pyproject.toml cannot state: nothing is packed before what is generated is there.

A wheel without these files would install and speak one language, and show no icons. A development install
comes before them and needs none.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

GENERATED = ("web/static/vendor/icons.svg", "web/translations/en/LC_MESSAGES/messages.mo",
             "web/translations/zh/LC_MESSAGES/messages.mo", "kb/messages/zh/LC_MESSAGES/messages.mo")


class CompleteBuild(build_py):
    """The modules and data of a package, or a word on what is missing."""

    def run(self) -> None:
        missing = [name for name in GENERATED if not Path(name).is_file()]
        if missing and not self.editable_mode:
            raise SetupError(f"{', '.join(missing)} not there: build with `make wheel`, which generates what it needs")
        super().run()


setup(cmdclass={"build_py": CompleteBuild})
