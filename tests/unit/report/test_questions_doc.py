"""docs/questions.md: all fourteen questions with commands that exist, written by running them."""

from pathlib import Path

import pytest

from bms import cli
from bms.report import questions_doc
from bms.report.questions_doc import QUESTIONS, Ask, Question

PAGE = Path(cli.__file__).parents[1] / "docs" / "questions.md"


def test_there_are_fourteen_in_order():
    assert [question.number for question in QUESTIONS] == [f"Q{n}" for n in range(1, 15)]
    assert all(question.asks for question in QUESTIONS)


def test_the_page_holds_every_command_with_an_output():
    lines = PAGE.read_text().splitlines()
    for question in QUESTIONS:
        assert f"## {question.number}. {question.text}" in lines, "run `bms questions --write docs/questions.md`"
        for ask in question.asks:
            at = lines.index(f"$ bms {ask.line}", lines.index(f"## {question.number}. {question.text}"))
            said = lines[at + 1 : at + lines[at:].index("```")]
            assert len(said) >= 2, ask.line
            assert not ask.only or [word for word in ask.only if any(word in line for line in said)]


def test_the_page_is_written_by_running_the_commands(monkeypatch):
    lines = (Ask("sense --cell quantumscape-qse5", ("RMSE",)), Ask("limits --pack nio-et7-150"))
    asked = Question("Q14", "What is a sensor worth?", lines, "A note.")
    monkeypatch.setattr(questions_doc, "QUESTIONS", (asked,))
    here, told = Path.cwd(), []
    text = questions_doc.text(cli.app, told.append)
    assert "## Q14. What is a sensor worth?\n\nA note.\n" in text and told == [1] and Path.cwd() == here
    assert "$ bms sense --cell quantumscape-qse5\n  RMSE over all SoC" in text and "gives for 30 s" in text


def test_a_command_that_fails_does_not_become_an_answer(monkeypatch):
    wrong = Question("Q1", "What?", (Ask("sense --cell nothing"),))
    monkeypatch.setattr(questions_doc, "QUESTIONS", (wrong,))
    with pytest.raises(ValueError, match="There is no cell named 'nothing'"):
        questions_doc.text(cli.app)
