"""Rules on the text of the project: what may not stand in any file, and how long a file may be."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 300  # lines of one source file

# Each dot in brackets, so that this file does not name a host itself.
REGISTRY_HOST = re.compile(
    r"registry[.]npmjs[.]|registry[.]yarnpkg[.]|pypi[.]org|pythonhosted[.]org"
    r"|(?:deb|ftp[.]\w+|security)[.]debian[.]org|archive[.]ubuntu[.]com"
)
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work)/\w")


def texts() -> list[tuple[Path, str]]:
    """Every text file that git holds or would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            found.append((Path(name), data.decode()))
    return found


@pytest.mark.parametrize(
    ("pattern", "caught"),
    [(REGISTRY_HOST, "https://registry" + ".npmjs.org/x"), (MACHINE_PATH, 'open("/' + 'home/anna/log.csv")')],
    ids=["registry host", "machine path"],
)
def test_no_file_names_a_registry_host_or_a_path_of_one_machine(pattern, caught):
    assert pattern.search(caught)
    wrong = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong


def test_no_source_file_is_longer_than_one_idea():
    lengths = {str(name): text.count("\n") for name, text in texts() if name.suffix in {".py", ".pyx"}}
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST}


def test_the_lock_file_pins_the_interpreter_and_holds_no_download_address():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads(lock)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
