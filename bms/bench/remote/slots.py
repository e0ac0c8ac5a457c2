"""What lies in the two slots of a board, told a JSON object a line; bms/bench/flashing.py sends it there."""

import json
import os


def paths(folder, below=""):
    """Of all files in a folder, below it; none where it is not there."""
    found = []
    try:
        names = os.listdir(folder + below)
    except OSError:
        return found
    for name in names:
        path = below + "/" + name
        if os.stat(folder + path)[0] & 0x4000:
            found += paths(folder, path)
        else:
            found.append(path)
    return found


def survey(boot, root="", tell=print):
    """boot: the names of firmware/boot.py. A line a slot, then one a file in it."""
    for slot in boot["SLOTS"]:
        folder = root + slot
        marks = [boot["there"](folder + boot[name]) for name in ("STARTED", "CONFIRMED")]
        head = {"slot": slot, "serial": boot["serial"](folder), "amiss": boot["amiss"](folder), "id": ""}
        if head["serial"]:
            with open(folder + boot["MANIFEST"], "rb") as file:
                head["id"] = str(file.readline(256).split()[2], "utf-8")
        head["started"], head["confirmed"] = marks
        tell(json.dumps(head))
        for path in paths(folder):
            tell(json.dumps({"slot": slot, "path": path[1:], "sha256": str(boot["digest"](folder + path), "utf-8")}))


def copy(source, target):
    """A file to another place on the board."""
    buffer = memoryview(bytearray(512))
    with open(source, "rb") as old, open(target, "wb") as new:
        count = old.readinto(buffer)
        while count:
            new.write(buffer[:count])
            count = old.readinto(buffer)


def remove(path):
    """A file, or a folder with all that is in it."""
    if os.stat(path)[0] & 0x4000:
        for name in os.listdir(path):
            remove(path + "/" + name)
        os.rmdir(path)
    else:
        os.remove(path)
