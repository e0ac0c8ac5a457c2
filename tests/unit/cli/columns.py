"""What the logs of a user hold."""

import numpy as np


def log_columns(n: int = 600) -> dict[str, np.ndarray]:
    seconds = np.arange(float(n))
    current = 2 + 2 * np.sin(seconds / 9)
    return {
        "time_s": seconds,
        "current_a": current,
        "voltage_v": 3.7 - 0.03 * current,
        "temperature_c": np.full(n, 25.0),
    }


def slow_columns(sign: int) -> dict[str, np.ndarray]:
    hours = np.linspace(0, 10, 601)
    current = np.full(601, 0.3) * sign
    return {
        "time_s": 3600 * hours,
        "current_a": current,
        "voltage_v": 4.1 - 0.1 * hours,
        "temperature_c": np.full(601, 25.0),
    }
