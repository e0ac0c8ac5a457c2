"""The kernels alone: the host sends jobs (kernel, state, parameters, samples) and gets every word after each step.

Words travel as the hex of int32. A "-" goes on with the state or the parameters that are there. The answer is what
the kernel returned and the whole state, for each sample.
"""

from array import array
from binascii import hexlify, unhexlify

import every_kernel

from firmware import cell, driving
from firmware.kernels import extremes, frame, guard, health, leak, power

STEPS = every_kernel.steps(
    cell.step, health.step, driving.step, guard.step, extremes.step, power.step, leak.step, frame.step
)


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    par = state = array("i")
    while True:
        job = ask("j")
        if not job:
            return
        kernel, words, parameters, samples = job.split(" ")
        step, width = STEPS[kernel]
        if parameters != "-":
            par = array("i", unhexlify(parameters))
        if words != "-":
            state = array("i", unhexlify(words))
        samples = array("i", unhexlify(samples))
        out = array("i")
        for at in range(0, len(samples), width):
            out.append(step(state, par, *samples[at : at + width]))
            out.extend(state)
        tell("w " + hexlify(bytes(out)).decode())
