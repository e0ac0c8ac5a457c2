"""Lines and bands over time in one style: the same colour means the same thing on every page."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

TRUTH = "#1f2933"
MEAN = "#0072b2"  # Okabe and Ito's colours, told apart by colour-blind readers too
LOWEST = "#d55e00"
HIGHEST = "#009e73"
OTHERS = "#b8c2cc"

MOST_POINTS = 3000  # of a line: a screen has fewer columns


class Plot:
    """A figure over time. Times are s, shown in minutes or hours; values are in `unit`."""

    def __init__(self, quantity: str, unit: str, seconds: float, height: int = 280) -> None:
        """seconds: length of what is shown. height: px."""
        self._scale, name = (3600, "h") if seconds > 3 * 3600 else (60, "min")
        self._unit = unit
        self.figure = styled(height)
        self.figure.update_yaxes(automargin=False)  # so that the time axes of all figures stand in line
        self.figure.update_xaxes(title=f"time / {name}", hoverformat=".2f", range=[0, seconds / self._scale])
        self.figure.update_yaxes(title=f"{quantity} / {unit}")

    def line(
        self, time: ArrayLike, values: ArrayLike, name: str | None, colour: str, dash: str = "solid", width: float = 1.6
    ) -> None:
        """A line; without a name it stays out of the legend. Only the extremes of many samples are drawn."""
        x, y = np.asarray(time), np.asarray(values)
        kept = extremes(x, y)
        self._add(x[kept], y[kept], name, line={"color": colour, "dash": dash, "width": width})

    def band(self, time: ArrayLike, low: ArrayLike, high: ArrayLike, name: str | None, colour: str) -> None:
        """The area between two lines; without a name it stays out of the legend."""
        x, below, above = np.asarray(time), np.asarray(low), np.asarray(high)
        kept = evenly(x)
        edge = {"line": {"width": 0, "color": colour}, "hoverinfo": "skip"}
        self._add(x[kept], above[kept], None, **edge)
        self._add(x[kept], below[kept], name, fill="tonexty", fillcolor=_pale(colour), **edge)

    def span(self, values: Sequence[ArrayLike], least: float = 0.0) -> None:
        """Show the range of `values`, at least `least` high, instead of what the bands reach."""
        low = min(float(np.min(np.asarray(v))) for v in values)
        high = max(float(np.max(np.asarray(v))) for v in values)
        more = max(0.06 * (high - low), (least - (high - low)) / 2)
        self.figure.update_yaxes(range=[low - more, high + more])

    def _add(self, time: NDArray[np.float64], values: NDArray[np.float64], name: str | None, **style: object) -> None:
        style = {"hovertemplate": f"%{{y:.4~g}} {self._unit}", **style} if "hoverinfo" not in style else style
        self.figure.add_scatter(
            x=(time / self._scale).astype(np.float32),
            y=values.astype(np.float32),
            mode="lines",
            name=name or "",
            showlegend=name is not None,
            **style,
        )


def styled(height: int) -> go.Figure:
    """An empty figure in the pages' style; height in px."""
    figure = go.Figure()
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 66, "r": 12, "t": 34, "b": 44},
        font={"family": "system-ui, sans-serif", "size": 13, "color": TRUTH},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="x unified",
        dragmode="zoom",
    )
    grid = {"gridcolor": "#e4e7eb", "zeroline": False, "showline": True, "linecolor": "#9aa5b1", "ticks": "outside"}
    figure.update_xaxes(**grid)
    figure.update_yaxes(**grid)
    return figure


def listed(names: Sequence[str], unit: str) -> go.Figure:
    """An empty figure of bars that lie, the first on top, so that long names can be read on a narrow screen too."""
    figure = styled(70 + 34 * len(names))
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title=unit)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, ticks="")
    return figure


def extremes(time: NDArray[np.float64], values: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Indices, at most `most`, rising: the ends, and the least and largest value of each stretch of time."""
    n = len(values)
    if n <= most:
        return np.arange(n)
    stretch = _stretch(time, (most - 2) // 2)
    order = np.lexsort((values, stretch))
    edges = np.flatnonzero(np.diff(stretch)) + 1  # lexsort leaves each stretch where it was
    return np.unique(np.concatenate([[0, n - 1], order[np.r_[0, edges]], order[np.r_[edges, n] - 1]]))


def evenly(time: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Indices, at most `most`, rising: the ends, and the first sample of each stretch of time."""
    n = len(time)
    if n <= most:
        return np.arange(n)
    edges = np.flatnonzero(np.diff(_stretch(time, most - 1))) + 1
    return np.r_[0, edges[edges < n - 1], n - 1]


def _stretch(time: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Which of `count` equal stretches of time each sample is in."""
    share = (time - time[0]) / (time[-1] - time[0])
    return np.minimum((share * count).astype(np.int64), count - 1)


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.45 if colour == OTHERS else 0.16})"
