"""What a command says moves no cursor and colours no line: control characters of others are shown, not obeyed."""

from __future__ import annotations

import json

import pytest

from kb.cli import main
from kb.cli.output import hint, line, note, say, say_json
from kb.messages.message import Message

HOSTILE = "a\x1b[31mb\x07c\x9bd\x7f\r"
SHOWN = "a\\x1b[31mb\\x07c\\x9bd\\x7f\\x0d"


def test_control_characters_are_shown_as_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    line(HOSTILE)
    say(Message("{product}: {other}", product=HOSTILE, other="一\t二"))
    note("{product}", product=HOSTILE)
    hint("{product}", product=HOSTILE)
    out, err = capsys.readouterr()
    assert out == f"{SHOWN}\n{SHOWN}: 一\t二\n"
    assert err == f"{SHOWN}\nkb: {SHOWN}\n"


def test_json_says_the_same_and_holds_none(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"product": HOSTILE, "name": "一"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"product": HOSTILE, "name": "一"}
    assert not any(c in out for c in "\x1b\x07\x9b\x7f\r") and "一" in out


@pytest.mark.parametrize("number", ["99999999999999999999", "0", "-1", "1e3", "9" * 5000])
def test_a_number_out_of_bounds_is_refused_in_a_line(capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert main(["audit", "tail", "-n", number]) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert "-n" in err[-1]
    assert "Traceback" not in "\n".join(err)
