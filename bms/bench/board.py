"""What the firmware costs on 32-bit ARM, without a board: instructions, ratios and heap of a step; ticks: ticks.py.

A step is one cell by one sample, with the call and the caller's loop, which are bytecode: `call_instructions` of each.
MicroPython's version tells, as its compiler writes the native code.
"""

from collections.abc import Callable

import numpy as np

from bms.bench import instructions, ticks
from bms.bench.targets import TARGETS, Answer, Arm32, hex_of
from bms.bench.trace import trace

_SAMPLES_MS = {"control": 100, "correction": 1000}  # the second: every step is a full correction
_WATCHED = 1000  # steps whose heap is watched
_COUNTED = ("nothing", "native")
_TIMED = {"native": 5000, "bytecode": 1000, "float": 1000}
_US_PER_INSTRUCTION = 27 / 2364  # a kernel of 2,364 instructions took 27 us on an emulated Pico at 125 MHz

Result = dict[str, float | str]


def board(steps: int = 100, ratios: bool = True) -> Result:
    """Figures of the arm32 target, or {"skipped": why}.

    Instructions are counted over `steps` samples of 100 ms, of which every tenth completes a correction, and over as
    many corrections; of what is only compared, over a fifth of these. Times are those of qemu on this machine: good
    for ratios only. With ratios=False, which takes a third of the time, the kernel is not weighed against its bytecode
    and the floats.
    """
    target = TARGETS["arm32"]
    assert isinstance(target, Arm32)
    if reason := target.missing():
        return {"skipped": reason}
    result: Result = {"micropython": target.version(), **_instructions(target, steps, ratios)}
    result |= ticks.figures()
    if ratios:
        result |= _times(target)
    return result | _heap(target)


def _instructions(target: Arm32, steps: int, ratios: bool) -> Result:
    variants = ["nothing", "native", *(["bytecode", "float"] if ratios else [])]
    rounds = {v: (steps, steps if v in _COUNTED else steps // 5) for v in variants}
    jobs = [
        f"run {v} {x} {n:06d}"
        for v in variants
        for x, base in zip(_SAMPLES_MS, rounds[v], strict=True)
        for n in (0, base, 2 * base)
    ]
    marks: list[int] = []
    serve = _serve(jobs, [])

    def answer(message: str, executed: Callable[[], int]) -> str:
        if message == "j":
            marks.append(executed())
        return serve(message)

    instructions.run(target, "weigh", answer)
    spent = np.diff(marks).reshape(len(variants), 2, 3)  # the first of the three loads the variant
    each = (spent[:, :, 2] - spent[:, :, 1]) / list(rounds.values())  # a row a variant
    control, correction = (dict(zip(variants, column, strict=True)) for column in each.T.tolist())
    result: Result = {
        "instructions_per_step_mean": round(control["native"]),
        "instructions_per_step_correction": round(correction["native"]),
        "call_instructions": round(control["nothing"]),
        "us_per_step_mean_pico_estimated": round(control["native"] * _US_PER_INSTRUCTION, 1),
        "us_per_step_correction_pico_estimated": round(correction["native"] * _US_PER_INSTRUCTION, 1),
    }
    for variant in variants[2:]:
        result[f"{variant}_over_native_instructions_mean"] = round(control[variant] / control["native"], 2)
        result[f"{variant}_over_native_instructions_correction"] = round(correction[variant] / correction["native"], 2)
    return result


def _times(target: Arm32) -> Result:
    result: Result = {}
    for x, name in (("control", "mean"), ("correction", "correction")):
        jobs = [f"time {v} {x} {steps}" for v, n in _TIMED.items() for steps in (0, n)]  # the first loads the variant
        told = _told(target, "weigh", _serve, jobs)
        us = {v: int(message.split()[1]) / n for message, (v, n) in zip(told[1::2], _TIMED.items(), strict=True)}
        for variant in ("bytecode", "float"):
            result[f"{variant}_over_native_time_{name}"] = round(us[variant] / us["native"], 2)
    return result


def _heap(target: Arm32) -> Result:
    """Bytes taken with the collector off. Where there are none, as many more have passed with the heap locked."""
    jobs = [f"heap {variant} {x} {_WATCHED}" for variant in ("native", "float") for x in _SAMPLES_MS]
    native, corrections, *floats = (int(message.split()[1]) for message in _told(target, "weigh", _serve, jobs))
    return {
        f"bytes_per_{_WATCHED}_steps": max(native, corrections),
        f"bytes_per_{_WATCHED}_steps_float": max(floats),
    }


def _told(target: Arm32, entry: str, serve: Callable[[list[str], list[str]], Answer], jobs: list[str]) -> list[str]:
    told: list[str] = []
    target.run(entry, serve(jobs, told))
    return told


def _serve(jobs: list[str], told: list[str]) -> Answer:
    """Answers weigh.py: the data it asks for, then the jobs; what it tells goes to `told`."""
    traces = {name: trace(1, 1000, dt_ms) for name, dt_ms in _SAMPLES_MS.items()}
    data = {"p": traces["control"].par, "s": traces["control"].states[0]}
    for letter, t in zip("xy", traces.values(), strict=True):
        data[letter] = np.stack([t.i_ma, t.v_uv[:, 0], t.t_mdegc[:, 0], t.dt_ms], axis=1)
    waiting = iter(jobs)

    def answer(message: str) -> str:
        if message in data:
            return hex_of(data[message])
        if message == "j":
            return next(waiting, "")
        if message[0] != "v":
            told.append(message)
        return ""

    return answer
