"""The verb `bms hil`: every fault of the matrix on the firmware, with its reaction time."""

from pathlib import Path
from typing import Annotated

import typer

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def hil(
    target: Annotated[str, typer.Option(help="python, webassembly, unix or arm32.")] = "webassembly",
    part: Annotated[
        str | None, typer.Option("-k", "--case", help="Only cases whose name, or group, contains this.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws cells, monitor and where in a tick a fault falls.")] = 1,
    html: Annotated[Path | None, typer.Option(help="A page with a trace of every case.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Inject every fault of the matrix and time what the firmware does; status 1 if a case fails."""
    import json
    import time

    from bms import console, output
    from bms.bench import targets
    from bms.bench.hil import catalogue, runner
    from bms.bench.hil.matrix import Matrix
    from bms.report import hil_page, hil_table

    runs_on = targets.target(target)
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
