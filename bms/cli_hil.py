"""The verb `bms hil`: every fault of the matrix on the firmware, with its reaction time."""

from pathlib import Path
from typing import Annotated

import typer

from bms.cli_verify import BoardPort, Interrupt

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def hil(
    target: Annotated[str, typer.Option(help="python, webassembly, unix, arm32, or board.")] = "webassembly",
    port: BoardPort = None,
    interrupt: Interrupt = False,
    part: Annotated[
        str | None, typer.Option("-k", "--case", help="Only cases whose name, or group, contains this.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws cells, monitor and where in a tick a fault falls.")] = 1,
    html: Annotated[Path | None, typer.Option(help="A page with a trace of every case.")] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Disable each protection in turn, on target python: a case must fail.")
    ] = False,
    reactions: Annotated[Path | None, typer.Option(help="Time the published reactions and write this page.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="For --reactions, which runs on python.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Inject every fault of the matrix and time what the firmware does; status 1 if a case fails."""
    import json
    import time

    from bms import console, output
    from bms.bench import board_target
    from bms.bench.hil import catalogue, runner
    from bms.bench.hil.matrix import Matrix
    from bms.report import hil_page, hil_table

    if reactions is not None:
        _time_reactions(reactions, seeds)
        return
    runs_on = board_target.chosen(target, port, interrupt)
    if mutants:
        _hunt()
        return
    cases = catalogue.chosen(part)
    if html is not None:
        output.ready(html)
    runs_on.require()
    matrix = Matrix(target, absent=catalogue.ABSENT if part is None else ())
    begun = time.perf_counter()
    with console.progress() as bar:
        task = bar.add_task(f"faults on {target}", total=len(cases))
        try:
            for result in runner.run(cases, runs_on, seed):
                matrix.results.append(result)
                bar.update(task, advance=1)
        except KeyboardInterrupt:
            matrix.interrupted = True
    matrix.wall_s = time.perf_counter() - begun
    matrix.figures = runs_on.figures()
    if html is not None:
        hil_page.write(html, matrix)
    if as_json:
        print(json.dumps(matrix.summary(catalogue.limits_ms()), indent=2))
    else:
        console.show_table(hil_table.table(matrix))
    if matrix.interrupted:
        raise typer.Exit(_INTERRUPTED)
    if not matrix.sound:
        raise typer.Exit(1)


def _time_reactions(path: Path, seeds: int) -> None:
    """The page of reaction times; status 1 where one is longer than it says."""
    from bms import console, output
    from bms.bench.hil import reactions
    from bms.report import reactions_doc

    output.ready(path)
    runs: list[reactions.Timed] = []
    with console.progress() as bar:
        task = bar.add_task("reactions", total=seeds * len(reactions.FIGURES))
        for timed in reactions.run(seeds):
            runs.append(timed)
            bar.update(task, advance=1)
    reactions_doc.write(path, runs, seeds)
    print(f"Reactions: {path}")
    if not reactions_doc.held(runs):
        raise typer.Exit(1)


def _hunt() -> None:
    """A line for each protection; status 1 where one can be disabled and nothing fails."""
    from bms import console
    from bms.bench.hil import mutation

    chosen = mutation.mutants()
    outcomes: list[mutation.Outcome] = []
    with console.progress() as bar:
        task = bar.add_task("protections disabled", total=len(chosen))
        for outcome in mutation.hunt(chosen):
            outcomes.append(outcome)
            bar.update(task, advance=1)
    for outcome in outcomes:
        how = f"{outcome.killed[0]}: {outcome.killed[1]}" if outcome.killed else f"NOT SEEN by {outcome.tried} cases"
        print(f"{outcome.name:44} {how}")
    own = [outcome for outcome in outcomes if not outcome.name.startswith("monitor:")]
    other = [outcome for outcome in outcomes if outcome.name.startswith("monitor:")]
    seen, all_seen = sum(bool(o.killed) for o in own), sum(bool(o.killed) for o in other)
    print(f"{seen} of {len(own)} diagnoses and {all_seen} of {len(other)} protections of the monitor are missed")
    if seen + all_seen < len(outcomes):
        raise typer.Exit(1)
