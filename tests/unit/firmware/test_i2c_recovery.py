"""A chip that waits for clocks in the middle of a byte lets the bus go after as many as it needs, at most nine."""

import pytest

from firmware.drivers.i2c_recovery import RecoveringBus, release


class Wire:
    """SCL and SDA as open drain; the chip holds SDA until `needs` clocks have come. stops: STOPs seen."""

    def __init__(self, needs: int) -> None:
        self.needs = needs
        self.clocks = self.stops = 0
        self.scl, self.sda = 1, 1

    def level(self) -> int:
        return int(self.sda and self.clocks >= self.needs)

    def pin(self, name: str):
        def value(*set_to: int) -> int:
            if not set_to:
                return self.level() if name == "sda" else self.scl
            before = self.level()
            self.clocks += name == "scl" and set_to[0] > self.scl
            setattr(self, name, set_to[0])
            self.stops += name == "sda" and self.scl and self.level() > before
            return 0

        return type("Pin", (), {"value": staticmethod(value)})()


@pytest.mark.parametrize("needs", [0, 1, 5, 9])
def test_bus_is_freed_and_stopped(needs: int) -> None:
    wire = Wire(needs)
    assert release(wire.pin("scl"), wire.pin("sda"), lambda us: None)
    assert wire.stops == 1
    assert wire.clocks <= 10


def test_bus_that_is_shorted_is_said_to_be_held() -> None:
    wire = Wire(1000)
    assert not release(wire.pin("scl"), wire.pin("sda"), lambda us: None)
    assert wire.clocks == 10


def test_bus_is_opened_anew_even_if_it_stays_held() -> None:
    wire = Wire(1000)
    opened = []

    def open_bus() -> object:
        opened.append(1)
        return object()

    bus = RecoveringBus(open_bus, lambda: (wire.pin("scl"), wire.pin("sda")), lambda us: None)
    bus.recover()
    assert len(opened) == 2
