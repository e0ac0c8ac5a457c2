"""Figures over anything but time, in the style of bms/report/plot.py."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from bms.report.plot import HIGHEST, LOWEST, MEAN, OTHERS, TRUTH, styled

COLOURS = (MEAN, LOWEST, HIGHEST, "#cc79a7", "#e69f00", "#56b4e9", TRUTH, OTHERS)


class Chart:
    """Lines, bars or a map over named axes ("quantity / unit")."""

    def __init__(self, across: str, up: str, height: int = 340) -> None:
        """height: px."""
        self.figure = styled(height)
        self.figure.update_layout(hovermode="closest", margin_b=48)
        self.figure.update_xaxes(title=across)
        self.figure.update_yaxes(title=up)

    def line(self, x: ArrayLike, y: ArrayLike, name: str, number: int, dash: str = "solid") -> None:
        """A line in the colour of that number."""
        style = {"color": COLOURS[number % len(COLOURS)], "dash": dash, "width": 1.6}
        self.figure.add_scatter(x=x, y=y, mode="lines", name=name, line=style, hovertemplate="%{x:.3~g}, %{y:.4~g}")

    def bars(self, names: Sequence[str], y: ArrayLike, name: str, number: int) -> None:
        """A bar for each name."""
        colour = COLOURS[number % len(COLOURS)]
        self.figure.add_bar(x=list(names), y=y, name=name, marker_color=colour, hovertemplate="%{y:.3~g}")

    def heat(self, x: ArrayLike, y: ArrayLike, z: ArrayLike, unit: str) -> None:
        """Colours over x and y; z has a row for each y."""
        bar = {"title": {"text": unit}}
        said = f"%{{x:.3~g}}, %{{y:.3~g}}: %{{z:.3~g}} {unit}<extra></extra>"
        self.figure.add_heatmap(x=x, y=y, z=z, colorscale="Cividis", colorbar=bar, hovertemplate=said)

    def logarithmic(self) -> None:
        """Make the upright axis logarithmic."""
        self.figure.update_yaxes(type="log")
