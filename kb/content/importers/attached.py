"""Files that texts of an import name: brought in where they lie beside the folders of the departments, by their hashes.

An export writes them there. One that is not there stays a name with a hash; one that is not what it says refuses its
article.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import file_store
from kb.articles.file_types import type_of
from kb.articles.revisions import RevisionText
from kb.errors import Invalid
from kb.settings import LimitSettings

FOLDER = "attachments"


def bring_files(session: Session, actor: Actor, department: Path, texts: Iterable[RevisionText], limits: LimitSettings,
                *, now: datetime) -> int:
    """Keep the files that these texts, from the folder of a department, name and that lie there; how many are new."""
    named = {each["sha256"]: each["name"] for text in texts for each in text.attachments}
    if not named:
        return 0
    wanted = named.keys() - file_store.kept(session, named.keys()).keys()
    for sha256 in sorted(wanted):
        data = _read(department.parent / FOLDER / sha256, limits)
        if data is None:
            wanted.discard(sha256)
            continue
        name = named[sha256]
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Invalid("attachment_altered", "{folder}/{sha256} is not the file {name} that the text names: take "
                          "another copy of the export", folder=FOLDER, sha256=sha256, name=name,
                          fields={"attachments": "altered"})
        file_store.put(session, data, type_of(data, name, limits).media_type, login=actor.name, now=now)
    return len(wanted)


def _read(path: Path, limits: LimitSettings) -> bytes | None:
    """The file's bytes, never more than one beyond the limit; None where it is not there, or is a link."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file.read(limits.attachment_bytes + 1)
    except OSError as error:
        raise Invalid("unreadable", "{folder}/{path}: cannot be read: {strerror}", folder=FOLDER, path=path.name,
                      strerror=error.strerror) from error
