"""The kernels on a board, a job at a time by calls from its REPL: a digest of every word, or the words themselves."""

import gc
import hashlib
import time
from array import array
from binascii import hexlify, unhexlify

from replay import STEPS

from firmware import cell


class Job:
    """What runs: a kernel's step, its state and its parameters."""

    step, width = STEPS["soc"]
    state = par = array("i")


def words(text):
    return array("i", unhexlify(text))


def begin(kernel, state, par):
    """A job; hex of int32. `par` of None keeps the last."""
    Job.step, Job.width = STEPS[kernel]
    Job.state = words(state)
    if par is not None:
        Job.par = words(par)


def rows(samples):
    """After each sample, what the kernel returned and the state, as two arrays."""
    samples = words(samples)
    returned = array("i", [0])
    for at in range(0, len(samples), Job.width):
        returned[0] = Job.step(Job.state, Job.par, *samples[at : at + Job.width])
        yield returned, Job.state


def digest(samples):
    """SHA-256 of all words of all rows."""
    summary = hashlib.sha256()
    for returned, state in rows(samples):
        summary.update(bytes(returned))
        summary.update(bytes(state))
    print(hexlify(summary.digest()).decode())


def show(samples):
    """Every word of every row, a line a row."""
    for returned, state in rows(samples):
        print(hexlify(bytes(returned) + bytes(state)).decode())


def weigh(state, par, samples, rounds):
    """us, bytes of heap and steps of a cell's step over the samples, again and again."""
    s, par, samples = words(state), words(par), words(samples)
    x = [tuple(samples[at : at + 4]) for at in range(0, len(samples), 4)]
    step = cell.step
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    begun_us = time.ticks_us()
    for _ in range(rounds):
        for i_ma, v_uv, t_mdegc, dt_ms in x:
            step(s, par, i_ma, v_uv, t_mdegc, dt_ms)
    us = time.ticks_diff(time.ticks_us(), begun_us)
    taken = gc.mem_alloc() - before
    gc.enable()
    print(us, taken, rounds * len(x))
