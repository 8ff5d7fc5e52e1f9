"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.files import written_whole


def test_a_file_stands_when_the_block_ends_well_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with written_whole(path) as file:
        file.write("一")
        assert not path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "一"
    with pytest.raises(RuntimeError), written_whole(path) as file:
        file.write("二")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "一"
    with pytest.raises(RuntimeError), written_whole(tmp_path / "new") as file:
        raise RuntimeError
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("一", encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)
    with written_whole(link) as file:
        file.write("二")
    assert link.is_symlink() and target.read_text(encoding="utf-8") == "二"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_path_that_cannot_be_written_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "run.jsonl"):
        with pytest.raises(OSError, match=path.name), written_whole(path):
            pytest.fail("the block was entered")


def test_what_is_no_plain_file_is_written_to() -> None:
    with written_whole(Path("/dev/null")) as file:
        file.write("一")
    assert Path("/dev/null").is_char_device()
