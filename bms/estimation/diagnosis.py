"""Is a fault of lithium-metal cells in a log: a soft short, a loss of contact, or neither."""

from typing import Any

import numpy as np

from bms.cells.schema import Cell
from bms.estimation import contact_loss, soft_short
from bms.estimation.contact_loss import ContactLoss
from bms.estimation.logs import Log
from bms.estimation.run import Estimate, estimate
from bms.estimation.soft_short import Dip
from bms.estimation.unexplained import unexplained

SOFT_SHORT, CONTACT_LOSS, NONE = "soft short", "contact loss", "none"
_ENDS = 24  # of the log so far, at which loss of contact is looked for


def diagnose(log: Log, cell: Cell) -> dict[str, Any]:
    """JSON's keys, with units; InputError for a log that is too short, too coarse or not the cell's."""
    result = estimate(log, cell)
    left = unexplained(result, cell)
    seen, rises = soft_short.dips(left), soft_short.dips(left, 1.0)
    sure = soft_short.detected(left, seen, rises)
    contact = contact_loss.contact_loss(result, cell)
    of_short = soft_short.confidence(left, seen, rises)
    causes = [SOFT_SHORT] * (sure is not None) + [CONTACT_LOSS] * contact.found
    first = causes[0] if causes else NONE
    confidence = {SOFT_SHORT: of_short, CONTACT_LOSS: contact.confidence}
    return {
        "log": log.name,
        "cell": cell.name,
        "seconds": round(float(log.time[-1] - log.time[0]), 1),
        "flag": bool(causes),
        "cause": " and ".join(causes) or NONE,
        "confidence": round(confidence[first], 4) if causes else None,
        "time_to_detect_s": _time_to_detect(first, seen, sure, result, cell, contact),
        "soft_short": {
            "dips": len(seen),
            "rises_as_large": len(rises),
            "size_mv": round(1000 * float(np.median([dip.size for dip in seen])), 1) if seen else None,
            "lasting_s": round(float(np.median([dip.seconds for dip in seen])), 1) if seen else None,
            "first_at_s": round(seen[0].time, 1) if seen else None,
            "usual_mv": round(1000 * float(np.median(left.usual)), 2),
            "confidence": round(of_short, 4),
        },
        "contact_loss": {
            "can_be_told": bool(contact.seen),
            "share_of_described": round(contact.share, 3) if contact.seen else None,
            "share_sd": round(contact.share_sd, 3) if contact.seen else None,
            "r1_growth": round(contact.growth, 4) if contact.seen else None,
            "confidence": round(contact.confidence, 4),
        },
    }


def _time_to_detect(
    cause: str, seen: list[Dip], sure: Dip | None, result: Estimate, cell: Cell, contact: ContactLoss
) -> float | None:
    """s from the first sign (a dip, a fast discharge) until one is sure; None where one is not."""
    if cause == SOFT_SHORT and sure is not None:
        return round(sure.time + sure.seconds - seen[0].time, 1)
    if cause == CONTACT_LOSS:
        end = float(result.time[-1] - result.time[0])
        for until in np.linspace(contact.since, end, _ENDS + 1)[1:]:
            if contact_loss.contact_loss(result, cell, float(until)).found:
                return round(float(until) - contact.since, 1)
    return None


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value for the table."""
    short, contact = result["soft_short"], result["contact_loss"]
    rows = [("log", f"{result['log']}, {result['seconds']:g} s of {result['cell']}"), ("fault", result["cause"])]
    if result["confidence"] is not None:
        rows.append(("confidence", f"{100 * result['confidence']:.1f} %"))
    if result["time_to_detect_s"] is not None:
        rows.append(("from the first sign until sure", f"{result['time_to_detect_s']:g} s"))
    if short["dips"]:
        size = f"{short['dips']} of {short['size_mv']:g} mV, {short['lasting_s']:g} s long"
        rows.append(("dips of the voltage", f"{size}; the first at {short['first_at_s']:g} s"))
    else:
        rows.append(("dips of the voltage", "none"))
    rows.append(("rises as large", str(short["rises_as_large"])))
    rows.append(("usual size of what is unexplained", f"{short['usual_mv']:.1f} mV"))
    if contact["can_be_told"]:
        share = f"{contact['share_of_described']:.2f} +- {contact['share_sd']:.2f} of the described one"
        rows.append(("loss of contact", f"{share}, R1 by {100 * contact['r1_growth']:+.0f} %"))
    else:
        rows.append(("loss of contact", "not told: it takes a cell of lithium metal, a fast discharge, a rest, a load"))
    return rows
