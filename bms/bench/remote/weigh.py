"""What a step of one cell costs: its kernels as native code and as bytecode, and the same filter in floats.

The host sends parameters, state and two sets of samples, then jobs of four words: "run", "time" or "heap"; a variant;
"control" or "correction", the set of samples; a number of steps.
"""

import gc
import time
from array import array
from binascii import unhexlify

import micropython

from firmware import cell
from firmware.kernels import ecm, health, kalman, soc, spread
from firmware.kernels.dialect import ptr32


@micropython.viper
def nothing(s: ptr32, par: ptr32, i_ma: int, v_uv: int, dt_ms: int) -> int:
    return 0


def call(s, par, i_ma, v_uv, t_mdegc, dt_ms):
    """The calls of a sample that only counts, to take off."""
    return nothing(s, par, i_ma, v_uv, dt_ms)


def load(variant, par, state):
    """The variant's step function, parameters and state. Only what is asked for is compiled: that takes long here."""
    if variant == "float":
        import float_filter

        return float_filter.step, float_filter.Parameters(par), float_filter.Cell(state)
    if variant == "bytecode":
        return bytecode(), par, array("i", state)
    return (cell.step if variant == "native" else call), par, array("i", state)


def bytecode():
    """firmware/cell.py's step over kernels that are compiled to bytecode."""
    scope = {}
    kernels = (("_count", soc), ("_predict", ecm), ("_spread", spread), ("_correct", kalman), ("_learn", health))
    for name, kernel in kernels:
        own = {}
        exec(text(kernel).replace("@micropython.viper\n", ""), own)
        scope[name] = own["step"]
    exec(text(cell).replace("from firmware.kernels.", "#"), scope)
    return scope["step"]


def text(module):
    with open(module.__file__) as file:
        return file.read()


def samples(words):
    """A tuple for each sample of four words: to take one from an array costs as much as to call a kernel."""
    words = array("i", unhexlify(words))
    return [tuple(words[at : at + 4]) for at in range(0, len(words), 4)]


def drive(step, s, par, x, steps):
    """Steps over the samples `x`, again from their start when they end. Allocates nothing itself."""
    while steps:
        for i_ma, v_uv, t_mdegc, dt_ms in x:
            step(s, par, i_ma, v_uv, t_mdegc, dt_ms)
            steps -= 1
            if not steps:
                break


def taken_bytes(step, s, par, x, steps):
    """Bytes of heap that the steps take; if none, they must also pass while the heap is locked (else MemoryError)."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    drive(step, s, par, x, steps)
    taken = gc.mem_alloc() - before
    gc.enable()
    if not taken:
        micropython.heap_lock()
        drive(step, s, par, x, steps)
        micropython.heap_unlock()
    return taken


def main(ask, tell):
    """Serve jobs until the host sends an empty one. A variant's state goes on from job to job."""
    par, state = array("i", unhexlify(ask("p"))), array("i", unhexlify(ask("s")))
    sets = {"control": samples(ask("x")), "correction": samples(ask("y"))}
    loaded = {}
    while True:
        job = ask("j")
        if not job:
            return
        verb, variant, x, steps = job.split(" ")
        x, steps = sets[x], int(steps)
        if variant not in loaded:
            loaded[variant] = load(variant, par, state)
        step, p, s = loaded[variant]
        if verb == "run":
            gc.collect()  # so that what the last job left is not collected in this one; the same in each
            drive(step, s, p, x, steps)
        elif verb == "time":
            start_us = time.ticks_us()
            drive(step, s, p, x, steps)
            tell("us %d" % time.ticks_diff(time.ticks_us(), start_us))
        else:
            tell("bytes %d" % taken_bytes(step, s, p, x, steps))
