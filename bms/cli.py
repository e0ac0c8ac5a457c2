"""The command `bms`: one table of verbs. Input that cannot be used ends in one sentence and status 2."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bms import (
    cli_board,
    cli_can,
    cli_claim,
    cli_closed_loop,
    cli_diagnoses,
    cli_flash,
    cli_hil,
    cli_library,
    cli_questions,
    cli_range,
    cli_simulate,
    cli_verify,
    console,
)
from bms.errors import InputError, unknown

app = typer.Typer(
    name="bms",
    help="Battery management: one estimator in the firmware and on the desktop. Positive current discharges.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_closed_loop.app, name="bench")
app.add_typer(cli_library.cells, name="cells")
app.add_typer(cli_library.packs, name="packs")
app.add_typer(cli_library.vehicles, name="vehicles")
app.add_typer(cli_range.app, name="range")
app.command()(cli_simulate.simulate)
app.command()(cli_board.build)
app.command()(cli_flash.flash)
app.command()(cli_flash.monitor)
app.add_typer(cli_board.board, name="board")
app.command()(cli_verify.verify)
app.command()(cli_verify.doctor)
app.add_typer(cli_claim.app, name="claim")
app.add_typer(cli_can.app, name="can")
app.command()(cli_diagnoses.diagnoses)
app.command()(cli_hil.hil)
app.command()(cli_questions.limits)
app.command()(cli_questions.charge)
app.command()(cli_questions.diagnose)
app.command()(cli_questions.match)
app.command()(cli_questions.sense)
app.command()(cli_questions.questions)

Pack = Annotated[str, typer.Option(help="A pack of the library, or the path of a TOML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command()
def demo(
    target: Annotated[str, typer.Option(help="python, webassembly, unix, arm32, or board.")] = "webassembly",
    port: cli_verify.BoardPort = None,
    interrupt: cli_verify.Interrupt = False,
    pack: Pack = "quadricycle-fest77",
    cycle: Annotated[str, typer.Option(help="udds, hwfet, us06, wltc, or the path of a CSV file.")] = "udds",
    ambient_c: Annotated[float, typer.Option(help="Air, and the cells at the start, degC.")] = 25.0,
    minutes: Annotated[float | None, typer.Option(help="Repeat or cut the cycle to this time.")] = None,
    start_soc: Annotated[float, typer.Option(help="True SoC at the start, 0..1; the firmware is not told.")] = 0.8,
    seed: Annotated[int, typer.Option(min=0, help="Draws the cells and the monitor's errors.")] = 1,
    effects: Annotated[str, typer.Option(help="Of the cells: none, all, or some, as for simulate.")] = "none",
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for report and summary.")] = Path("out/demo"),
    as_json: Json = False,
) -> None:
    """Run the real firmware on a MicroPython against an emulated pack, and compare with the truth."""
    from bms import demo as main_job
    from bms import output
    from bms.bench import board_target
    from bms.report import demo_page, tables

    what = main_job.Drive(pack, cycle, ambient_c, minutes, start_soc, seed, effects)
    runner = board_target.chosen(target, port, interrupt)
    summary, report = out / "summary.json", out / "report.html"
    for path in (summary, report):
        output.ready(path, Path(pack), Path(cycle))
    with console.progress() as bar:
        task = bar.add_task(f"driving on {target}", total=None)
        try:
            result = main_job.run(what, runner, lambda done, total: bar.update(task, completed=done, total=total))
        finally:
            runner.close()
    output.write_text(summary, json.dumps(result.summary, indent=2) + "\n")
    demo_page.write(report, result.summary, result.history)
    console.show(result.summary, tables.demo_table(result.summary), as_json)
    if not as_json:
        print(f"Report: {report}")


@app.command()
def estimate(
    log: Annotated[Path, typer.Argument(help="CSV or Parquet: time_s, current_a, voltage_v, temperature_c.")],
    cell: Annotated[str, typer.Option(help="A cell of the library, or the path of a TOML file.")],
    start_soc: Annotated[float | None, typer.Option(help="SoC at the first sample, 0..1; blind unless told.")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Every sample's estimate, .csv or .parquet; a plot beside it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the estimator over a measured log."""
    from bms import output
    from bms.cells import library
    from bms.estimation import logs, run
    from bms.report import estimate_page, tables

    if out is not None:
        output.ready_table(out, log, Path(cell))
        output.ready(out.with_suffix(".html"))
    found = library.load(cell)
    result = run.estimate(logs.read(log), found, start_soc)
    if out is not None:
        run.write(result, out)
        estimate_page.write(out.with_suffix(".html"), result, f"{log.name}, {found.name}")
    console.show(run.summary(result), tables.estimate_table(result), as_json)


@app.command()
def fit(
    dynamic: Annotated[list[Path], typer.Option(help="A pulse or drive test; repeat for more files.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The cell's TOML file; an HTML report goes beside it.")],
    ocv: Annotated[
        list[Path] | None, typer.Option(help="A slow test, C/10 or slower, either or both ways; repeat for more files.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the cell is called.")] = "fitted cell",
    chemistry: Annotated[str, typer.Option()] = "lithium-ion",
    source: Annotated[str, typer.Option(help="Who measured it, and where it is published.")] = "",
    capacity_ah: Annotated[float | None, typer.Option(help="Told instead of taken from the slow test.")] = None,
    start_soc: Annotated[float, typer.Option(help="SoC at which dynamic tests without soc begin, 0..1.")] = 1.0,
) -> None:
    """Find a cell's parameters in cycler files."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read as numpy loads: its products here are too small to share

    from bms import output
    from bms.cells import fitting, toml_writer
    from bms.estimation import logs
    from bms.report import fit_page, fit_tables

    if out.suffix.lower() != ".toml":
        raise InputError(f"{out}: '{out.suffix}' is not the form of a cell's file; name it so that it ends in .toml.")
    report, slow = out.with_suffix(".html"), ocv or []
    for path in (out, report):
        output.ready(path, *slow, *dynamic)
    with console.progress() as bar:
        task = bar.add_task("fitting", total=1.0)

        def told(share: float) -> None:
            bar.update(task, completed=share)

        result = fitting.fit_files(slow, dynamic, capacity_ah, name, logs.read, chemistry, source, start_soc, told)
    tests = ", ".join(path.stem for path in [*slow, *dynamic])
    fit_page.write(report, result)
    output.write_text(out, toml_writer.cell_toml(result.cell, f"Fitted by `bms fit` on {tests}."))
    console.show_table(fit_tables.fit_tables(result))
    print(f"Cell: {out}, report: {report}")


@app.command()
def words(
    out: Annotated[Path, typer.Option("-o", "--out", help="The file that goes to the board.")] = Path("pack.bin"),
    pack: Pack = "quadricycle-fest77",
    key: Annotated[Path | None, typer.Option(help=cli_board.KEY)] = None,
) -> None:
    """Write a pack's configuration as the words that the firmware reads at its start."""
    from bms import output
    from bms.bench import command_key
    from bms.bench.pack_words import configuration

    output.ready(out, Path(pack), *filter(None, [key]))
    output.write_bytes(out, configuration(pack, command_key.read(key)).astype("<i4").tobytes())
    print(f"{out}: copy it to the root of the board, as pack.bin")


@app.command()
def parity(
    target: Annotated[str, typer.Option(help="Comma-separated: compiled, webassembly, arm32, unix.")] = (
        "compiled,webassembly,arm32"
    ),
    steps: Annotated[int, typer.Option(min=1, help="Steps on each target.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Draws the samples.")] = 0,
    as_json: Json = False,
) -> None:
    """Compare every state word of the kernels between runtimes; status 1 if one differs."""
    from bms.bench import parity as judge
    from bms.report import tables

    names = _parity_targets(target)
    with console.progress() as bar:
        tasks = {name: bar.add_task(name, total=steps) for name in names}
        result = judge.parity(names, steps, seed, lambda name, done: bar.update(tasks[name], completed=done))
    console.show(result, tables.parity_table(result), as_json)
    if any(row.get("mismatches") for row in result["targets"].values()):
        raise typer.Exit(1)


def _parity_targets(listed: str) -> list[str]:
    """The names in a list with commas, each once; InputError for one that is unknown, before anything runs."""
    from bms.bench.parity import COMPILED
    from bms.bench.targets import TARGETS

    names = list(dict.fromkeys(name.strip() for name in listed.split(",")))
    for name in names:
        if name not in (COMPILED, *TARGETS):
            raise unknown("target", name, [COMPILED, *TARGETS])
    return names


def main() -> None:
    """Entry point of the command `bms`."""
    sys.exit(console.status(app))
