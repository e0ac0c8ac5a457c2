"""What sets lithium metal, silicon and solid electrolytes apart; each part is there or not, and acts alone."""

from typing import Annotated, Self

from pydantic import model_validator

from bms.cells.quantity import ActivationEv, Factor, Quantity, RateC, Share, Strict, TemperatureC, TimeS, within


class Pressure(Strict):
    """Stack pressure: R1 goes as (pressure / nominal)^-exponent."""

    nominal_mpa: Annotated[Quantity, within(1e-4, 1e3)]  # half charged
    exponent: Annotated[Quantity, within(0, 5)]
    # By how much it rises from empty to full; little in a frame that follows the cell:
    swing_mpa: Annotated[Quantity, within(0, 1e3)]

    @model_validator(mode="after")
    def _pressed(self) -> Self:
        nominal, swing = self.nominal_mpa.value, self.swing_mpa.value
        if swing >= 2 * nominal:
            raise ValueError(f"swing_mpa {swing:g} must be below twice nominal_mpa {nominal:g}: nothing pulls a stack")
        return self


class Contact(Strict):
    """Voids where lithium is stripped faster than it creeps back: R1 grows by a share, which goes again.

    The share grows by growth_per_soc times the SoC taken out above critical_c, up to most, and fades with recovery_s.
    """

    critical_c: RateC  # discharge current, C, at the nominal pressure; it goes as the pressure does
    growth_per_soc: Factor
    most: Factor
    recovery_s: TimeS  # at 25 degC and the nominal pressure
    recovery_activation_ev: ActivationEv


class Plating(Strict):
    """Charge current beyond which lithium deposits as filaments, or as metal on graphite and silicon: Arrhenius."""

    critical_c: RateC  # at 25 degC, C
    activation_ev: ActivationEv
    lowest_c: TemperatureC  # degC, no charge below
    lost_share: Share  # of the charge beyond the limit, what is lost as lithium


class Ageing(Strict):
    """Capacity and resistance over cycles and years; shares are per root of a year since formation."""

    # Capacity kept over one full cycle: the coulombic efficiency where no lithium is spare:
    cycle_retention: Annotated[Quantity, within(0.5, 1)]
    calendar_share: Share
    interface_share: Factor  # by how much R1 grows
    activation_ev: ActivationEv
    self_discharge_per_day: Share  # of a full cell


class Effects(Strict):
    """The effects of a cell; one that is absent does not act."""

    pressure: Pressure | None = None
    swelling_mm: Annotated[Quantity, within(0, 100)] | None = None  # by how much the cell is thicker full than empty
    contact: Contact | None = None
    plating: Plating | None = None
    ageing: Ageing | None = None
