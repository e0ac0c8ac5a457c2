"""Claims about miles and kilometres: what they take from a pack, and what a vehicle of the library would take."""

from dataclasses import replace

from bms.cells import library
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import conditions, cycles, vehicle
from bms.driving.claims_rules import Claim, Found
from bms.driving.conditions import Conditions
from bms.driving.range import Case, drive_until_empty
from bms.driving.vehicle import Vehicle, air_density
from bms.emulation import pack_file

MILE_KM = 1.609344
NINE_HUNDRED = "the press (morningoverview.com, 2026), which gives it to ION Storage Systems; no document of ION has it"
MERCEDES = "Mercedes-Benz, 2025-09-09, via carlist.com"
_AAA = "AAA, 2019: at 20 degF 12 % less without and 41 % with cabin heat (digitaltrends.com)"
_USABLE = 0.95  # of what the cells hold
_PACK_KG = 625.0  # a pack of the 100 kWh class of today, refilled with Factorial's 77 Ah cell
_CELLS_SHARE = 0.65, 0.70, 0.75
_EQS_KM = 1205.0 + 137.0  # driven and left
_EQS_KMH = 60, 86, 100  # averages of a drive over motorways and through towns; none was published
_AVERAGES_KMH = range(20, 161)  # where a speed that a pack allows is sought
_ET7_KM, _ET7_LEFT = 1044.0, 0.03
_SILVERADO_MILES = 1059.2
_WARM_C, _COLD_C = 24.0, -7.0  # AAA's 75 and 20 degF
_CITY, _HIGHWAY = 0.55, 0.45  # of the miles: 40 CFR 600.210-12


def per_100_km(car: Vehicle, speed_kmh: float, celsius: float = 25.0) -> float:
    """kWh/100 km of a vehicle at a steady speed on the level, without heating."""
    power = conditions.in_weather(car, celsius).power(speed_kmh / 3.6, 0.0, density=air_density(celsius + ZERO_CELSIUS))
    return float(power) / (10 * speed_kmh)


def _three_times() -> Found:
    return Found(3.0, 900 / 350, 900 / 250, "most electric cars go 250 .. 350 miles, of which 900 are 2.6 .. 3.6 times")


def _miles_of_an_ordinary_pack() -> Found:
    cell = library.load("factorial-fest77")
    wh_per_kg = cell.energy_wh / cell.mass_kg.value
    driven = ("chevrolet-silverado-ev", 113), ("midsize-sedan", 105), ("mercedes-eqs", 85)
    use = [per_100_km(vehicle.load(name), speed) for name, speed in driven]
    held = (_USABLE * _PACK_KG * wh_per_kg * share / 1000 for share in _CELLS_SHARE)
    low, value, high = (kwh / per * 100 / MILE_KM for kwh, per in zip(held, use, strict=True))
    needs = 900 * MILE_KM / 100
    kwh = _PACK_KG * wh_per_kg * _CELLS_SHARE[1] / 1000
    note = (
        f"a pack of {_PACK_KG:g} kg with cells of {wh_per_kg:.0f} Wh/kg holds {kwh:.0f} kWh, so 900 miles take "
        f"{_USABLE * kwh / needs:.1f} kWh/100 km or less; a pickup at 113 km/h takes {use[0]:.0f}, "
        f"a sedan at 105 km/h {use[1]:.0f}, the Mercedes EQS at 85 km/h {use[2]:.1f}"
    )
    return Found(value, low, high, note)


def _et7_use() -> Found:
    usable = pack_file.load("nio-et7-150").usable_kwh
    if usable is None:
        raise ValueError("nio-et7-150 has no usable_kwh, which was reported")
    share = 100 * (1 - _ET7_LEFT) / _ET7_KM
    model = per_100_km(vehicle.load("nio-et7"), 83.9, 5)
    note = (
        f"97 % of {usable.value:g} ({usable.low:g} .. {usable.high:g}) kWh over 1,044 km, and 13.2 kWh/100 km would be "
        f"{13.2 / share:.1f} kWh in all; the library's ET7 at a steady 83.9 km/h and 5 degC takes {model:.1f}"
    )
    return Found(share * usable.value, share * usable.low, share * usable.high, note)


def _eqs_energy() -> Found:
    """kWh over the speeds and, at the ends, the rolling resistance that the car may have had."""
    car = vehicle.load("mercedes-eqs")
    tyres = car.rolling.low, car.rolling.value, car.rolling.high
    use = [per_100_km(_rolling(car, share), speed) for share, speed in zip(tyres, _EQS_KMH, strict=True)]
    low, value, high = (_EQS_KM / 100 * per for per in use)
    speeds = [_fastest_kmh(car, 100 * kwh / _EQS_KM) for kwh in (147.5, 118)]
    note = (
        f"1,205 km and 137 km left are 11.0 kWh/100 km of 147.5 kWh and 8.8 of 118 kWh; the library's car takes "
        f"{use[0]:.1f} .. {use[2]:.1f} at {_EQS_KMH[0]} .. {_EQS_KMH[2]} km/h, and on tyres as described would have to "
        f"keep to {speeds[0]} or {speeds[1]} km/h on average, a speed that nobody published"
    )
    return Found(value, low, high, note)


def _rolling(car: Vehicle, share: float) -> Vehicle:
    return car.model_copy(update={"rolling": car.rolling.model_copy(update={"value": share})})


def _fastest_kmh(car: Vehicle, kwh_per_100_km: float) -> int:
    """The highest whole speed, of those that can be averaged, at which the car takes no more; 0 where there is none."""
    return max((speed for speed in _AVERAGES_KMH if per_100_km(car, speed) <= kwh_per_100_km), default=0)


def _silverado_use() -> Found:
    """mi/kWh of the label, down to the pack's low end; its high end was taken from this drive."""
    usable = pack_file.load("chevrolet-silverado-ev").usable_kwh
    if usable is None:
        raise ValueError("chevrolet-silverado-ev has no usable_kwh, which is on its label")
    note = (
        f"1,059.2 miles out of {usable.value:g} ({usable.low:g} or more) kWh, and at 4.9 mi/kWh they are "
        f"{_SILVERADO_MILES / 4.9:.0f} kWh: the label says too little or the display too much"
    )
    value = _SILVERADO_MILES / usable.value
    return Found(value, value, _SILVERADO_MILES / usable.low, note)


def _lost_in_use() -> Found:
    """The share of a range that -7 degC takes: no heating, by resistance or by heat pump, in town and outside."""
    pack = pack_file.load("midsize-sedan")
    car, cell = vehicle.load(pack.vehicle), library.load(pack.cell)

    def lost(cycle: str, around: Conditions) -> float:
        case = Case(car, pack, cell, cycles.load(cycle), Conditions(ambient_c=_WARM_C))
        return 1 - drive_until_empty(replace(case, around=around)).km / drive_until_empty(case).km

    plain, heated = Conditions(ambient_c=_COLD_C), Conditions(ambient_c=_COLD_C, hvac="resistive")
    pumped = Conditions(ambient_c=_COLD_C, hvac="heat-pump")
    town, country = lost("udds", heated), lost("hwfet", heated)
    least = min(lost("udds", plain), lost("hwfet", plain))
    value = _CITY * town + _HIGHWAY * country
    note = (
        f"at -7 degC the sedan of the library loses {least:.0%} without cabin heat, {town:.0%} in town with it, "
        f"{lost('udds', pumped):.0%} with a heat pump; AAA measured 12 % and 41 %, of which 900 miles leave 531"
    )
    return Found(value, least, max(town, country), note)


CLAIMS = [
    Claim(
        "X1", "900 miles are three times the range of most electric cars", 3, "times", NINE_HUNDRED, _three_times,
        kind="arithmetic",
    ),
    Claim(
        "X2", "A car goes 900 miles on a charge, with a pack no heavier than today's", 900, "miles", NINE_HUNDRED,
        _miles_of_an_ordinary_pack, "at least", cell="ion-cornerstone",
    ),
    Claim(
        "X13", "The NIO ET7, which has 140 kWh to use, drove 1,044 km at 13.2 kWh/100 km down to 3 %", 13.2,
        "kWh/100 km", "the drive: paultan.org of 2023-12-20; 140 kWh: the press (InsideEVs, December 2023)", _et7_use,
        tolerance=0.005, cell="nio-welion-semisolid",
    ),
    Claim(
        "X14", "The Mercedes EQS that drove 1,205 km has a quarter more than 118 kWh", 147.5, "kWh", MERCEDES,
        _eqs_energy, "at most", cell="factorial-fest106", sets="the vehicle's rolling resistance",
    ),
    Claim(
        "X14b", "The pack of that EQS has 118 kWh", 118, "kWh", "the press (eenewseurope.com, 2025)", _eqs_energy,
        "at most", cell="factorial-fest106",
    ),
    Claim(
        "X21", "The Silverado EV of 205 kWh drove 1,059.2 miles at 4.9 mi/kWh", 4.9, "mi/kWh",
        "General Motors, 2025: a drive at 20 .. 25 mph; the label by the press, 2024", _silverado_use,
        tolerance=0.011,
    ),
    Claim(
        "X25", "In use an electric car falls at most 30 % short of its range", 0.3, "of the range",
        f"the press (morningoverview.com, 2026): 20 to 30 %; {_AAA}", _lost_in_use, "at most", cell="ion-cornerstone",
        kind="simulated",
    ),
]  # fmt: skip
