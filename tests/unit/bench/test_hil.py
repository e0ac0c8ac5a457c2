"""The judge of the fault matrix: it must not pass what did not react, nor a run in which the bench erred."""

from dataclasses import replace

import pytest

from bms.bench import targets
from bms.bench.hil import bench, catalogue, mutation, runner
from bms.bench.hil.case import Case, Reaction, Setting, Verdict
from bms.bench.hil.judge import Result
from bms.bench.hil.matrix import Matrix
from firmware import diagnoses as d

PYTHON = targets.target("python")


def verdict(case: Case, **what: object) -> Result:
    return runner.run_case(replace(case, **what), PYTHON)  # pyright: ignore[reportArgumentType]


def test_a_case_whose_fault_never_comes_fails() -> None:
    silent = verdict(catalogue.case("interlock"), inject=lambda rig: None)
    assert silent.verdict is Verdict.FAILED and "no reaction" in silent.why


def test_a_case_that_reacts_too_late_fails() -> None:
    late = verdict(catalogue.case("interlock"), limit_ms=40.0)
    assert late.verdict is Verdict.FAILED and "allowed are 40 ms" in late.why


def test_a_case_that_reacts_for_another_reason_fails() -> None:
    other = verdict(catalogue.case("interlock"), told=(d.OVER_VOLTAGE,))
    assert other.verdict is Verdict.FAILED and "over-voltage did not trip; interlock open did" in other.why


def test_a_case_in_which_something_else_trips_as_well_fails() -> None:
    beside = verdict(catalogue.case("cell-reversed"), consequences={})
    assert beside.verdict is Verdict.FAILED and "tripped beside it" in beside.why


def test_a_case_that_blames_another_cell_fails() -> None:
    case = catalogue.case("over-voltage")
    assert case.at is not None
    wrong = verdict(case, at=(case.at[0], case.at[1] + 1))
    assert wrong.verdict is Verdict.FAILED and "told of cell 3, it was cell 4" in wrong.why


@pytest.mark.parametrize("case", [c for c in bench.CASES if c.reaction is Reaction.VOID], ids=lambda case: case.name)
def test_what_the_bench_does_wrong_is_neither_passed_nor_failed(case: Case) -> None:
    assert verdict(case, reaction=Reaction.NOTHING).verdict is Verdict.VOID


def test_a_void_run_and_an_ended_one_are_no_success() -> None:
    good, void = Result("interlock", Verdict.PASSED), Result("interlock", Verdict.VOID)
    assert Matrix("python", [good]).sound
    assert not Matrix("python", [good, void]).sound
    assert not Matrix("python", [good], interrupted=True).sound
    assert not Matrix("python", [Result("interlock", Verdict.SKIPPED)]).sound
    assert not Matrix("python").sound


def test_a_channel_of_the_bench_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bench.accuracy() == ""
    monkeypatch.setattr(bench, "PERFECT", replace(bench.PERFECT, cell_offset=5e-3))
    assert "mV off at 0.5 V" in bench.accuracy()


def test_names_are_unique_and_every_number_of_the_list_stands_for_something() -> None:
    names = [case.name for case in catalogue.CASES]
    assert len(set(names)) == len(names)
    present = {number for case in catalogue.CASES for number in case.numbers}
    assert present | {absent.number for absent in catalogue.ABSENT} == set(range(1, 77))
    assert len(present) >= 60


def test_every_diagnosis_and_every_protection_of_the_monitor_has_a_case() -> None:
    assert [mutant.name for mutant in mutation.mutants() if not mutant.cases] == []
    assert len([mutant for mutant in mutation.mutants() if mutant.disabled]) == d.DIAGNOSES


@pytest.mark.slow
def test_each_protection_disabled_in_turn_makes_a_case_fail() -> None:
    assert [o.name for o in mutation.hunt(mutation.mutants()) if o.killed is None] == []


def test_the_setting_of_a_case_is_what_runs() -> None:
    warm = Setting(celsius=40.0)
    assert verdict(catalogue.case("interlock"), setting=warm).verdict is Verdict.PASSED
