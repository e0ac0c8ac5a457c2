"""Ticks of the whole controller on 32-bit ARM: memory and instructions, with everything on, the wires apart.

The firmware runs as on a board, as .mpy files. Each part is counted by what more calls take; a tick, by itself, over so
many that all cells are corrected, each service has its turn, and states are saved (the flash apart).
"""

from array import array
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bms.bench import booting, image, imaged, instructions, raw_code
from bms.bench.replayed import consumption
from bms.bench.targets import TARGETS, Answer, hex_of
from bms.bench.trace import CELL
from bms.bench.world import Load, World
from bms.cells import library
from bms.emulation.bq76952 import BQ76952
from bms.emulation.pack import Pack
from bms.estimation.words import PackDesign, words
from firmware import start
from firmware.config import Config

CELLS = 16
_COUNTED = 200  # ticks, each by itself
_HEAP = 5_000  # ticks whose bytes are watched, and as many more with the heap locked
_WHOLE = 200  # steps of the load, 100 ms each, under which a whole image begins and cleans its heap
_TIMES = 20  # a part is called so often, and twice so often
_PARTS = ("read", "judge", "can", "keep", "balance", "leak")
_KERNELS = ("soc", "ecm", "spread", "kalman", "health", "power", "reach", "guard", "extremes", "leak")

Result = dict[str, float | str]


def figures() -> Result:
    """RAM, heap and instructions of a controller of sixteen cells."""
    return {**memory(), **whole(), **counts()}


def memory() -> Result:
    """Bytes of RAM after the start, with CAN and without, of native code beside it, and of heap that ticks take."""
    with_can, taken = _told("can", ["ram", f"heap {_HEAP}"])
    without = _told("", ["ram"])[0]
    return {
        f"ram_bytes_{CELLS}_cells": without,
        f"ram_bytes_{CELLS}_cells_with_can": with_can,
        "native_code_bytes": raw_code.native_bytes(imaged.files("tick")),
        f"bytes_per_{2 * _HEAP}_ticks_{CELLS}_cells": taken,
    }


def whole() -> Result:
    """Bytes of heap that a whole image holds once it runs, here and on a Pico, where the native code lies in it too.

    MicroPython's table of names has room for an image's own here, some 300 of 7 bytes; on a board it may have to grow.
    """
    world, configuration = _world()
    world.plant.take(Load(0.1, np.full(_WHOLE, 500.0), np.full(_WHOLE, 1.5)))
    board = booting.Booted(world, TARGETS["arm32"])
    board.install("/a", booting.built(configuration, imaged.ARCHITECTURE), 1)
    board.start()
    pico = image.board(booting.BOARD)
    native = raw_code.native_bytes(image.modules_of(booting.BOARD, pico.architecture))
    return {
        "ram_bytes_whole_image": board.held_bytes,
        "native_code_bytes_pico": native,
        "ram_bytes_whole_image_pico": board.held_bytes + native,
    }


def counts() -> Result:
    """Instructions of a tick, mean and worst, of its parts in the mean, and of each kernel by itself."""
    runs = ["run 1"] * _COUNTED
    parts = [f"part {part} {n}" for part in _PARTS for n in (0, _TIMES, 2 * _TIMES)]
    kernels = [f"kernel {kernel} {n}" for kernel in ("nothing", *_KERNELS) for n in (0, _TIMES, 2 * _TIMES)]
    spent = _counted(["run 0", *runs, *parts, *kernels])
    each = np.asarray(spent[1 : 1 + _COUNTED]) - spent[0]
    several = np.reshape(spent[1 + _COUNTED :], (-1, 3))
    means = ((several[:, 2] - several[:, 1]) / _TIMES).round().astype(int).tolist()
    of_parts = dict(zip(_PARTS, means, strict=False))
    nothing, *of_kernels = means[len(_PARTS) :]
    result: Result = {"instructions_per_tick_mean": round(each.mean()), "instructions_per_tick_worst": int(each.max())}
    result |= {f"instructions_per_tick_{part}": n for part, n in of_parts.items()}
    result["instructions_per_tick_estimate"] = round(each.mean() - sum(of_parts.values()))
    return result | {f"instructions_{k}_kernel": n - nothing for k, n in zip(_KERNELS, of_kernels, strict=True)}


def _counted(jobs: list[str]) -> list[int]:
    marks: list[int] = []
    serve = _serve("can", jobs, [], quick=True)

    def answer(message: str, executed: Callable[[], int]) -> str:
        if message == "j":
            marks.append(executed())
        return serve(message)

    instructions.run(imaged.Imaged(), "tick", answer)
    return np.diff(marks).tolist()


def _told(bus: str, jobs: list[str]) -> list[int]:
    told: list[int] = []
    imaged.Imaged().run("tick", _serve(bus, jobs, told))
    return told


def _serve(bus: str, jobs: list[str], told: list[int], quick: bool = False) -> Answer:
    """Answers tick.py: an emulated pack at rest behind its monitor, then the jobs; the bytes it tells go to `told`.

    quick: every cell begins in a state that is made here.
    """
    world, configuration = _world()
    given = {"x": bus, "q": _begun(configuration) if quick else ""}
    waiting = iter(jobs)

    def answer(message: str) -> str:
        if message == "j":
            return next(waiting, "")
        if message.startswith("bytes "):
            told.append(int(message.split()[1]))
            return ""
        return given[message] if message in given else world(message)

    return answer


def _world() -> tuple[World, NDArray[np.int32]]:
    """An emulated pack, and the configuration that it is controlled by."""
    cell = library.load(CELL)
    load = Load(0.1, np.full(1000, 500.0), np.full(1000, 1.5))
    design = PackDesign(cell, CELLS, 1, CELLS * consumption(cell))
    chip = BQ76952(cells=CELLS, seed=1, shunt=design.shunt_uohm * 1e-6)
    configuration = words(design)
    return World(Pack(cell, CELLS, seed=1), chip, load, configuration), configuration


def _begun(configuration: np.ndarray) -> str:
    config = Config(array("i", configuration.tolist()))
    state = start.blind(config.soc_par, config.capacity_mc, 0, 3_800_000, 25_000, start.PAUSED)
    return hex_of(np.asarray(state, np.int32))
