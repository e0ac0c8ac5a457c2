"""What stands between a pack and its load: main contactors, a pre-charge path, and the capacitor of the inverter."""

from dataclasses import dataclass

import numpy as np

from bms.emulation.pack import Pack


@dataclass
class Contactors:
    """Switches and the link behind them; set `main` and `precharge` at any time. SI throughout.

    A pack whose main contactors close on an empty link feels `inrush`: the difference of the voltages over what is in
    between. Pre-charge is exact for a constant stack voltage over a step.
    """

    pack: Pack
    capacitance: float = 1e-3  # F
    precharge_ohm: float = 50.0
    link_voltage: float = 0.0
    main: bool = False
    precharge: bool = False
    inrush: float = 0.0  # A at the last closing of the main contactors
    heat: float = 0.0  # J in the pre-charge resistor
    _was_closed: bool = False

    def advance(self, load: float, dt: float) -> float:
        """Let dt s pass with `load` A drawn from the link; the mean current of the pack, A, which it has then given."""
        self.pack.contactor_closed = self.main or self.precharge
        if self.main:
            mean = self._through_main(load, dt)
        elif self.precharge:
            mean = self._through_resistor(load, dt)
        else:
            mean = 0.0
            self.link_voltage = max(0.0, self.link_voltage - load * dt / self.capacitance)
        self._was_closed = self.main
        self.pack.advance(mean, dt)
        if self.main:
            self.link_voltage = self._terminals(mean)
        return mean

    def _through_main(self, load: float, dt: float) -> float:
        """The link takes the stack's voltage at once: its charge comes on top of the load in the step that closes."""
        if self._was_closed:
            return load
        emf, inner = self.pack.source(1e-3)
        lacking = float(emf.sum()) - self.link_voltage
        self.inrush = lacking / (float(inner.sum()) + self.pack.resistance)
        return load + self.capacitance * lacking / dt

    def _through_resistor(self, load: float, dt: float) -> float:
        stack, tau = self._terminals(0.0), self.precharge_ohm * self.capacitance
        end = stack - self.precharge_ohm * load
        before = self.link_voltage
        self.link_voltage = max(0.0, end + (before - end) * np.exp(-dt / tau))
        mean = load + self.capacitance * (self.link_voltage - before) / dt
        square = load**2 * dt + 2 * load * self.capacitance * (self.link_voltage - before)
        square += (before - end) ** 2 * -np.expm1(-2 * dt / tau) * tau / 2 / self.precharge_ohm**2
        self.heat += self.precharge_ohm * square
        return float(mean)

    def _terminals(self, current: float) -> float:
        return self.pack.stack_voltage - self.pack.resistance * current
