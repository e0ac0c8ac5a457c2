"""Claims about miles and kilometres: what they take from a pack, and what a vehicle of the library would take."""

from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import vehicle
from bms.driving.claims_rules import Claim, Found
from bms.driving.vehicle import air_density
from bms.emulation import pack_file

MILE_KM = 1.609344
NINE_HUNDRED = "the press (morningoverview.com, 2026), which gives it to ION Storage Systems; no document of ION has it"
MERCEDES = "Mercedes-Benz, 2025-09-09, via carlist.com"
_AAA = "AAA, 2019: at 20 degF 12 % less without and 41 % with cabin heat (digitaltrends.com)"
_USABLE = 0.95  # of what the cells hold
_PACK_KG, _WH_PER_KG = 625.0, 375.0  # a pack of the 100 kWh class of today, refilled with Factorial's 77 Ah cell
_CELLS_SHARE = 0.65, 0.70, 0.75
_EQS_KM = 1205.0 + 137.0  # driven and left


def per_100_km(name: str, speed_kmh: float, celsius: float = 25.0) -> float:
    """kWh/100 km of a vehicle of the library at a steady speed on the level, without heating."""
    power = vehicle.load(name).power(speed_kmh / 3.6, 0.0, density=air_density(celsius + ZERO_CELSIUS))
    return float(power) / (10 * speed_kmh)


def _three_times() -> Found:
    return Found(3.0, 900 / 350, 900 / 250, "most electric cars go 250 .. 350 miles, of which 900 are 2.6 .. 3.6 times")


def _miles_of_an_ordinary_pack() -> Found:
    use = per_100_km("chevrolet-silverado-ev", 113), per_100_km("midsize-sedan", 105), per_100_km("mercedes-eqs", 85)
    held = (_USABLE * _PACK_KG * _WH_PER_KG * share / 1000 for share in _CELLS_SHARE)
    low, value, high = (kwh / per * 100 / MILE_KM for kwh, per in zip(held, use, strict=True))
    needs = 900 * MILE_KM / 100
    kwh = _PACK_KG * _WH_PER_KG * 0.7 / 1000
    note = (
        f"a pack of {_PACK_KG:g} kg with cells of {_WH_PER_KG:g} Wh/kg holds {kwh:.0f} kWh, so 900 miles take "
        f"{_USABLE * kwh / needs:.1f} kWh/100 km or less; a pickup at 113 km/h takes {use[0]:.0f}, "
        f"a sedan at 105 km/h {use[1]:.0f}, the Mercedes EQS at 85 km/h {use[2]:.1f}"
    )
    return Found(value, low, high, note)


def _et7_energy() -> Found:
    low, value, high = (1044 * per / 100 / 0.97 for per in (13.15, 13.2, 13.25))
    model = per_100_km("nio-et7", 83.9, 5)
    note = (
        f"1,044 km at 13.2 kWh/100 km down to 3 % are {value:.1f} kWh in all; the library's ET7 at a steady 83.9 km/h "
        f"and 5 degC takes {model:.1f}"
    )
    return Found(value, low, high, note)


def _eqs_energy() -> Found:
    low, value, high = (_EQS_KM / 100 * per_100_km("mercedes-eqs", speed) for speed in (75, 86, 100))
    note = (
        f"1,205 km and 137 km left are 11.0 kWh/100 km of 147.5 kWh and 8.8 of 118 kWh; the library's car takes "
        f"{100 * low / _EQS_KM:.1f} .. {100 * high / _EQS_KM:.1f} at 75 .. 100 km/h, and the speed was not published"
    )
    return Found(value, low, high, note)


def _silverado_energy() -> Found:
    low, value, high = (1059.2 / per for per in (4.95, 4.9, 4.85))
    label = pack_file.load("chevrolet-silverado-ev").usable_kwh
    known = f"the library has {label.value:g} (up to {label.high:g}) kWh" if label else "the label says 205 kWh"
    note = f"1,059.2 miles at 4.9 mi/kWh are {value:.0f} kWh, and {known}"
    return Found(value, low, high, f"{note}: its label says too little or the display too much")


def _lost_in_use() -> Found:
    note = "at -7 degC AAA measured 12 % without and 41 % with cabin heat, so 900 miles become 531 .. 792"
    return Found(0.41, 0.12, 0.41, note)


CLAIMS = [
    Claim("X1", "900 miles are three times the range of most electric cars", 3, "times", NINE_HUNDRED, _three_times),
    Claim(
        "X2", "A car goes 900 miles on a charge, with a pack no heavier than today's", 900, "miles", NINE_HUNDRED,
        _miles_of_an_ordinary_pack, "at least", cell="ion-cornerstone",
    ),
    Claim(
        "X13", "The NIO ET7 that drove 1,044 km has 140 kWh to use", 140, "kWh",
        "the press (InsideEVs, December 2023, via news.yahoo.com); the drive: paultan.org of 2023-12-20", _et7_energy,
        tolerance=0.02, cell="nio-welion-semisolid",
    ),
    Claim(
        "X14", "The Mercedes EQS that drove 1,205 km has a quarter more than 118 kWh", 147.5, "kWh", MERCEDES,
        _eqs_energy, cell="factorial-fest106", sets="the vehicle's rolling resistance",
    ),
    Claim(
        "X14b", "The pack of that EQS has 118 kWh", 118, "kWh", "the press (eenewseurope.com, 2025)", _eqs_energy,
        cell="factorial-fest106",
    ),
    Claim(
        "X21", "The Silverado EV that drove 1,059.2 miles at 4.9 mi/kWh has 205 kWh", 205, "kWh",
        "General Motors, 2025: a drive at 20 .. 25 mph; the label by the press, 2024", _silverado_energy,
        tolerance=0.02,
    ),
    Claim(
        "X25", "In use an electric car falls at most 30 % short of its range", 0.3, "of the range",
        f"the press (morningoverview.com, 2026): 20 to 30 %; {_AAA}", _lost_in_use, "at most", cell="ion-cornerstone",
    ),
]  # fmt: skip
