"""Every kernel under the name that fastcore.batch gives its compiled twin: what the controller computes with."""

from firmware.cell import step
from firmware.driving import step as reach_step
from firmware.kernels.extremes import step as extremes_step
from firmware.kernels.guard import step as guard_step
from firmware.kernels.leak import step as leak_step
from firmware.kernels.power import step as power_step

__all__ = ["extremes_step", "guard_step", "leak_step", "power_step", "reach_step", "step"]
