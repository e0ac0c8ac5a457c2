"""docs/cells.md, written from the library: cells, packs, vehicles, how their figures are known, what is to be known."""

from pathlib import Path

from bms import output
from bms.cells import library
from bms.cells.provenance import STATUSES, Figure, counts, figures, share
from bms.cells.schema import Cell
from bms.driving import vehicle
from bms.emulation import pack_file

_HEAD = """# The cells, packs and vehicles of the library

Written by `bms cells --write docs/cells.md` from the files in `bms/cells/`, `bms/packs/` and `bms/vehicles/`. Every
figure has a value, a range, a status and a source; `bms cells show NAME`, `bms packs show NAME` and
`bms vehicles show NAME` print them all.

| status | means |
|---|---|
| disclosed | the company said it |
| reported | the press did |
| derived | computed from such figures |
| fitted | found in measurements of the cell by `bms fit` |
| assumed | nobody has said it: a choice within what such cells do |

No resistance of a solid-state or lithium-metal cell has ever been published: those here are bounded by the charge and
discharge that were, or assumed. The size of every effect beside it (pressure, swelling, loss of contact, plating,
ageing) is assumed or derived as well. Wh/kg and Wh/L are given where the mass and the volume are more than assumed.
"""
_PACKS = """## Packs

kWh is what all of the cells hold. A `module-...` is 16 cells in series, what the firmware's cell monitor reads. A
`midsize-sedan-...` puts cells whose car nobody has announced into the reference car.

| pack | cell | cells | kWh | usable | kg | vehicle | share disclosed |
|---|---|--:|--:|--:|--:|---|--:|"""
_VEHICLES = """## Vehicles

Powers are those at the battery.

| vehicle | kg | CdA m2 | rolling | kW | share disclosed |
|---|--:|--:|--:|--:|--:|"""


def text() -> str:
    """The page as Markdown."""
    parts = [_HEAD, _overview()]
    for name in library.names():
        cell = library.load(name)
        parts.append(_section(name, cell, figures(cell)))
    return "\n".join([*parts, _packs(), _vehicles()])


def write(path: Path) -> None:
    """The page to `path`; InputError where it cannot be written."""
    output.ready(path)
    output.write_text(path, text())


def _overview() -> str:
    lines = [f"| cell | Ah | {' | '.join(STATUSES)} | share disclosed |", "|---|--:|" + "--:|" * (len(STATUSES) + 1)]
    for name in library.names():
        cell = library.load(name)
        found = figures(cell)
        seen = " | ".join(str(n) for n in counts(found).values())
        lines.append(f"| {cell.name} | {cell.capacity_ah.value:.4g} | {seen} | {share(found):.0%} |")
    return "\n".join(lines) + "\n"


def _section(name: str, cell: Cell, found: list[Figure]) -> str:
    lines = [f"## {cell.name}", "", f"`{name}`: {cell.chemistry}.", ""]
    lines += [f"* {note}" for note in cell.notes]
    lines.append(f"* {_energy(cell)}")
    acting = _effects(cell)
    lines += [f"* Effects: {', '.join(acting)}."] if acting else []
    known = [f for f in found if f.status in ("disclosed", "reported")]
    lines += [f"* `{f.key}` {f.text}, {f.status}: {f.source}" for f in known]
    if not cell.notes and not known:
        lines.append(f"* {counts(found)['fitted']} of {len(found)} inputs are fitted to measurements of this cell.")
    return "\n".join(lines) + "\n"


def _energy(cell: Cell) -> str:
    """Wh; Wh/kg and Wh/L where the mass and the volume are known."""
    said, mass, volume = f"{cell.energy_wh:.4g} Wh", cell.mass_kg, cell.volume_l
    if mass.status != "assumed":
        said += f", {mass.value:.4g} kg, {cell.energy_wh / mass.value:.0f} Wh/kg ({mass.status})"
    if volume is not None and volume.status != "assumed":
        said += f", {volume.value:.4g} L, {cell.energy_wh / volume.value:.0f} Wh/L ({volume.status})"
    return said + "."


def _effects(cell: Cell) -> list[str]:
    e, said = cell.effects, []
    if e.pressure is not None:
        said.append(f"stack pressure {e.pressure.nominal_mpa.value:g} MPa, +-{e.pressure.swing_mpa.value / 2:g}")
    if e.swelling_mm is not None:
        said.append(f"swells by {e.swelling_mm.value:g} mm")
    if e.contact is not None:
        said.append(f"loses contact above {e.contact.critical_c.value:g}C of discharge")
    if e.plating is not None:
        limit, lowest = e.plating.critical_c.value, e.plating.lowest_c.value
        said.append(f"plates above {limit:g}C of charge at 25 degC, no charge below {lowest:g} degC")
    if e.ageing is not None:
        kept, lost = e.ageing.cycle_retention.value, e.ageing.calendar_share.value
        said.append(f"keeps {kept:.6g} over a cycle, loses {lost:.3g} in the first year at 25 degC")
    return said


def _packs() -> str:
    lines, notes = [_PACKS], []
    for name in pack_file.names():
        pack = pack_file.load(name)
        size = f"{pack.series.value:g}s{pack.parallel.value:g}p"
        usable, mass = (f"{q.value:g}" if q is not None else "" for q in (pack.usable_kwh, pack.mass_kg))
        kwh, disclosed = pack_file.energy_kwh(pack, library.load(pack.cell)), share(figures(pack))
        row = f"`{name}`", f"`{pack.cell}`", size, f"{kwh:.4g}", usable, mass, f"`{pack.vehicle}`", f"{disclosed:.0%}"
        lines.append(f"| {' | '.join(row)} |")
        notes += [f"* {pack.name}: {note}" for note in pack.notes]
    return "\n".join([*lines, "", *notes]) + "\n"


def _vehicles() -> str:
    lines = [_VEHICLES]
    for name in vehicle.names():
        car = vehicle.load(name)
        size = (car.mass_kg.value, car.cda_m2.value, car.rolling.value, car.power_max_w.value / 1000)
        lines.append(f"| `{name}` | {' | '.join(f'{x:g}' for x in size)} | {share(figures(car)):.0%} |")
    return "\n".join(lines) + "\n"
