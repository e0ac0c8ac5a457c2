"""What sets lithium metal, silicon and solid electrolytes apart; each part is there or not, and acts alone."""

from bms.cells.quantity import Quantity, Strict


class Pressure(Strict):
    """Stack pressure: R1 goes as (pressure / nominal)^-exponent."""

    nominal_mpa: Quantity  # half charged
    exponent: Quantity
    swing_mpa: Quantity  # by how much it rises from empty to full; little in a frame that follows the cell


class Contact(Strict):
    """Voids where lithium is stripped faster than it creeps back: R1 grows by a share, which goes again.

    The share grows by growth_per_soc times the SoC taken out above critical_c, up to most, and fades with recovery_s.
    """

    critical_c: Quantity  # discharge current, C, at the nominal pressure; it goes as the pressure does
    growth_per_soc: Quantity
    most: Quantity
    recovery_s: Quantity  # at 25 degC and the nominal pressure
    recovery_activation_ev: Quantity


class Plating(Strict):
    """Charge current beyond which lithium deposits as filaments, or as metal on graphite and silicon: Arrhenius."""

    critical_c: Quantity  # at 25 degC, C
    activation_ev: Quantity
    lowest_c: Quantity  # degC, no charge below
    lost_share: Quantity  # of the charge beyond the limit, what is lost as lithium


class Ageing(Strict):
    """Capacity and resistance over cycles and years; shares are per root of a year since formation."""

    cycle_retention: Quantity  # capacity kept over one full cycle: the coulombic efficiency where no lithium is spare
    calendar_share: Quantity
    interface_share: Quantity  # by how much R1 grows
    activation_ev: Quantity
    self_discharge_per_day: Quantity  # share of a full cell


class Effects(Strict):
    """The effects of a cell; one that is absent does not act."""

    pressure: Pressure | None = None
    swelling_mm: Quantity | None = None  # by how much the cell is thicker full than empty
    contact: Contact | None = None
    plating: Plating | None = None
    ageing: Ageing | None = None
