"""docs/questions.md, written by asking: fourteen questions, the commands that answer them, and what these print."""

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from bms.report import questions_log

_COLUMNS = "100"
_HEAD = """# Fourteen questions, and the commands that answer them

Written by `bms questions --write docs/questions.md`, which runs every command below and puts down what it prints.
`--json` gives the same figures as one object. Nearly all inputs of these cells are assumed: each answer says how many
are disclosed, and its figures are no better than that.
"""


@dataclass(frozen=True)
class Ask:
    """A command line without `bms`; only: words of the lines to be shown, all lines where none is given."""

    line: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """Its number, itself, the commands, and what to read in their output."""

    number: str
    text: str
    asks: tuple[Ask, ...]
    note: str = ""


_EQS = "range --pack mercedes-eqs-fest106"
_RANGE = ("drive", "p10", "miles", "usable")
QUESTIONS = (
    Question(
        "Q1",
        "How much usable energy do 900 miles take, and how heavy is the pack, for a sedan and for a full-size pickup?",
        tuple(
            Ask(f"claim --miles 900 --vehicle {car} --cell factorial-fest77", ("needs", "pack of", "towing"))
            for car in ("mid-size-sedan", "full-size-pickup")
        ),
    ),
    Question(
        "Q2",
        "Up to which speed are 900 miles true of a pack that exists?",
        (
            Ask("claim --miles 900 --vehicle full-size-pickup --cell ion-cornerstone", ("true of", "lithium-ion")),
            Ask(f"{_EQS} --speed-kmh 85", (*_RANGE, "every figure")),
        ),
        "A range in miles is a statement about a speed. The EQS drove 1,205 km and had 137 km left.",
    ),
    Question(
        "Q3",
        "What is left at -20 °C: cold, from a garage or preheated, with a resistive heater or a heat pump?",
        (
            Ask(f"{_EQS} --ambient-c 23", _RANGE),
            Ask(f"{_EQS} --ambient-c -20 --hvac resistive", _RANGE),
            Ask(f"{_EQS} --ambient-c -20 --hvac heat-pump", _RANGE),
            Ask(f"{_EQS} --ambient-c -20 --hvac heat-pump --start-temperature-c 15", _RANGE),
            Ask("claim --miles 900 --cell factorial-fest77", ("left of it: -20",)),
            Ask("claim --miles 900 --vehicle full-size-pickup --cell factorial-fest77", ("left of it: -20",)),
        ),
    ),
    Question(
        "Q4",
        "How much power does a pack give and take in the cold, and what does it cost to warm it first?",
        tuple(Ask(f"limits --pack mercedes-eqs-fest106 --temperature-c {celsius}") for celsius in (25, -20, -30)),
    ),
    Question(
        "Q5",
        "Are 700 of 900 miles left after a year?",
        (
            Ask("claim --miles 900 --cell factorial-fest77", ("after", "every day", "cell loses")),
            Ask(f"{_EQS} --age-years 1 --km-per-year 21700", (*_RANGE, "age")),
        ),
        "Fifteen full cycles a year take little; what goes, goes with time.",
    ),
    Question(
        "Q6",
        "Which cycle life does the promise need, and what is the cell described with?",
        (Ask("claim --miles 900 --cell quantumscape-qse5", ("miles a year", "200,000", "cell keeps", "assumed")),),
    ),
    Question(
        "Q7",
        "How many miles in how many minutes at which charger, and what limits the charge?",
        (
            Ask("charge --pack mercedes-eqs-fest106"),
            Ask("charge --pack mercedes-eqs-fest106 --charger-kw 1000"),
            Ask("charge --pack chevrolet-silverado-ev", ("80 %", "alone", "limited", "good for")),
            Ask("charge --pack mercedes-eqs-fest106 --temperature-c -20", ("80 %", "alone", "limited", "good for")),
        ),
    ),
    Question(
        "Q8",
        "What do a city, a motorway and a race do to a pack, and what a trailer?",
        (
            Ask("simulate --pack mercedes-eqs-fest106 --cycle udds"),
            Ask("simulate --pack ducati-v21l-qse5 --cycle us06 --ambient-c -20"),
            Ask("range --pack chevrolet-silverado-ev --speed-kmh 105 --tow-kg 3000 --tow-cda-m2 3", (*_RANGE, "load")),
        ),
    ),
    Question(
        "Q9",
        "Why do drivers get a fifth or more less than the figure on the label?",
        (Ask(f"{_EQS} --speed-kmh 120 --ambient-c 0 --hvac heat-pump"),),
    ),
    Question(
        "Q10",
        "How far is it still, while driving, and how certain is that?",
        (Ask("demo --target python --minutes 6", ("drive", "SoC", "interval", "range")),),
        "The firmware's own estimate beside what the emulated pack really had left.",
    ),
    Question(
        "Q11",
        "Is there a soft short or a loss of contact in a cell's log?",
        tuple(Ask(f"diagnose {name} --cell {questions_log.CELL}") for name in questions_log.LOGS),
        questions_log.ABOUT,
    ),
    Question(
        "Q12", "Which published figures cannot be as they were published?", (Ask("claim list --contradicted"),)
    ),
    Question(
        "Q13",
        "Which programme can do a given job?",
        (
            Ask("match --range-km 600 --minutes 20 --years 10 --km-per-year 15000 --ambient-c -30"),
            Ask("match --range-km 400 --minutes 20 --years 10 --ambient-c 0"),
        ),
    ),
    Question(
        "Q14",
        "How much does a sensor of thickness or pressure improve the state of charge?",
        (
            Ask("sense --cell quantumscape-qse5 --thickness-um 10 --voltage-mv 11"),
            Ask("sense --cell factorial-fest77 --pressure-kpa 1", ("pressure", "better", "RMSE")),
        ),
    ),
)  # fmt: skip


def table() -> Table:
    """The questions and their commands, for the terminal."""
    shown = Table(title="Questions", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("", no_wrap=True)
    shown.add_column("question and commands")
    for question in QUESTIONS:
        lines = "".join(f"\n[dim]bms {escape(ask.line)}[/dim]" for ask in question.asks)
        shown.add_row(question.number, escape(question.text) + lines, end_section=True)
    return shown


def text(app: Callable[..., Any], progress: Callable[[int], None] = lambda _: None) -> str:
    """The page as Markdown: every command is run, in a folder that goes afterwards."""
    parts = [_HEAD]
    with _elsewhere():
        questions_log.write()
        for done, question in enumerate(QUESTIONS, 1):
            parts.append(_section(app, question))
            progress(done)
    return "\n".join(parts)


def _section(app: Callable[..., Any], question: Question) -> str:
    lines = [f"## {question.number}. {question.text}", ""]
    lines += [question.note, ""] if question.note else []
    for ask in question.asks:
        lines += ["```", f"$ bms {ask.line}", *_said(app, ask), "```", ""]
    return "\n".join(lines)


def _said(app: Callable[..., Any], ask: Ask) -> list[str]:
    """What the command prints, without blank lines; of its table only the lines asked for."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        app(ask.line.split(), prog_name="bms", standalone_mode=False)
    lines = [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]
    if not ask.only:
        return lines
    return [*(line for line in lines[1:] if any(word in line for word in ask.only)), "  ..."]


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """A folder of its own, and a terminal of a width that does not depend on the user's."""
    here, columns = Path.cwd(), os.environ.get("COLUMNS")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["COLUMNS"] = _COLUMNS
        try:
            yield
        finally:
            os.chdir(here)
            if columns is None:
                del os.environ["COLUMNS"]
            else:
                os.environ["COLUMNS"] = columns
