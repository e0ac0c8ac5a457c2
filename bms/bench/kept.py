"""A target whose interpreter is kept between runs: a start takes longer than most runs of the fault matrix."""

import os
import subprocess
import tempfile
from contextlib import suppress

from bms.bench.targets import REMOTE, ROOT, Answer, Process, Target


class Kept(Target):
    """As `plain`, in one process for all runs (bms/bench/remote/many.py); a run that its host breaks off ends that."""

    def __init__(self, plain: Process) -> None:
        self.name = plain.name
        self._plain = plain
        self._process: subprocess.Popen[str] | None = None

    def missing(self) -> str | None:
        return self._plain.missing()

    def run(self, entry: str, answer: Answer) -> None:
        """RuntimeError with what the firmware raised, or the interpreter's last line."""
        process = self._process or self._begin(answer)
        self._process = None  # until this run has ended well
        try:
            died = self._converse(process, entry, answer)
        except BaseException:
            self._end(process)
            raise
        self._process = process
        if died:
            raise RuntimeError(died)

    def close(self) -> None:
        """End the interpreter."""
        if self._process is not None:
            self._end(self._process)
            self._process = None

    def _begin(self, answer: Answer) -> subprocess.Popen[str]:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # as long as the interpreter
        process = subprocess.Popen(
            self._plain.command("many"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "MICROPYPATH": f"{ROOT}:{REMOTE}"},
        )
        assert process.stdout
        for line in process.stdout:
            if line == "?m\n":
                return process
            answer(line[1:-1])
        raise RuntimeError(f"the firmware on target {self.name} did not start: {self._last_line()}")

    def _converse(self, process: subprocess.Popen[str], entry: str, answer: Answer) -> str:
        """One run, from the answer to "m" to the next one; what ended the firmware, "" if it went to its end."""
        assert process.stdin and process.stdout
        died = ""
        self._say(process, entry)
        for line in process.stdout:
            if line == "?m\n":
                return died
            if line.startswith("!z "):
                died = line[3:-1]
                continue
            reply = answer(line[1:-1])
            if line[0] == "?":
                self._say(process, reply)
        raise RuntimeError(f"the firmware on target {self.name} ended: {self._last_line()}")

    def _say(self, process: subprocess.Popen[str], reply: str) -> None:
        assert process.stdin
        process.stdin.write(reply + "\n")
        process.stdin.flush()

    def _last_line(self) -> str:
        self._errors.seek(0)
        return (self._errors.read().strip().splitlines() or ["it said nothing"])[-1]

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, self._errors):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def kept(plain: Target) -> Target:
    """The target itself where it runs in this process."""
    return Kept(plain) if isinstance(plain, Process) else plain
