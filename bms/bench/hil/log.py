"""What a run leaves behind: when what happened, or why it says nothing."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


class Void(BaseException):
    """The bench erred: nothing can be said of the firmware."""


class PowerCut(BaseException):
    """The controller's supply is gone."""


@dataclass
class Log:
    """What happened: times in s of the bench."""

    ticks: list[tuple[float, NDArray[np.int32]]] = field(default_factory=list)  # readings
    switches: list[tuple[float, str, bool]] = field(default_factory=list)  # "main", "precharge"
    samples: list[tuple[float, float, float, float]] = field(default_factory=list)  # A, lowest and highest cell in V
    notes: list[tuple[float, str]] = field(default_factory=list)
