"""The command `kpi`: words to functions, and exit codes.

Belongs here: arguments, help texts, which function answers, what a refusal prints.
Never here: work. Every command imports what it needs when it is called: `kpi --help` must not wait for dagster.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

PUBLISHED, FAILED, REFUSED, HELD, BUSY = 0, 1, 2, 3, 75

EPILOGUE = """exit codes: 0 published, or nothing new to do · 1 failed, the last good version stays · 2 configuration refused, nothing was
touched · 3 held: a guard failed, the last good version stays · 75 another run holds the lock"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="kpi", description="Books every KPI to exactly one accountable department.", epilog=EPILOGUE)
    top.add_argument("--home", help="the company's home (default: $KPI_HOME, else ./data)")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str, module: str, json: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(answer=f"pipelines.commands.{module}")
        # also accepted after the command; SUPPRESS keeps it from overwriting one that was given before it
        added.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if json:
            added.add_argument("--json", action="store_true", help="print one JSON object instead of text")
        return added

    init = command("init", "make a home: folders, the company's tables, the key people are hidden behind", "home")
    init.add_argument("--company", choices=["demo", "a", "b", "c", "empty"], default="empty", help="which company's tables to begin with")
    demo = command("demo", "write the exports of a made-up company into the inbox", "home")
    demo.add_argument("--days", type=int, default=365, help="days of history (60 or more)")
    demo.add_argument("--scale", type=float, default=1.0, help="multiplies people, visits and orders")
    demo.add_argument("--seed", type=int, default=7, help="another seed, another year")
    run = command("run", "one night: read, compute, guard, publish", "night", json=True)
    run.add_argument("--as-of", metavar="DATE", help="the run date: what was known on that day (default: today, company zone)")
    back = command("backfill", "read the archived exports of one day or a range again, then publish", "night", json=True)
    back.add_argument("first", metavar="FROM")
    back.add_argument("last", metavar="TO")
    inspect = command("inspect", "which adapter reads a file, its first rows, what would be refused", "inspect", json=True)
    inspect.add_argument("file")
    inspect.add_argument("--account", help="read it as if it lay in this account's folder")
    command("status", "what is published, how old it is, and how the last night ended", "status", json=True)
    command("doctor", "look at the installation and the home, and say what to do", "doctor", json=True)
    explain = command("explain", "where a published number comes from, who owns it, and by which rule", "explain", json=True)
    explain.add_argument("metric")
    explain.add_argument("day", metavar="DAY")
    explain.add_argument("--account")
    explain.add_argument("--campaign", help="only the cells of this campaign ('' is the part without one)")
    explain.add_argument("--profile", help="the organisation (default: the company's)")
    command("verify", "recount and rehash everything published and archived", "verify", json=True)
    changed = command("why-changed", "which delivery changed a past number, in a sentence", "changed", json=True)
    changed.add_argument("metric", nargs="?")
    changed.add_argument("--since", metavar="VERSION", help="only what became known after this version")
    export = command("export", "write published numbers in the shape that another tool reads", "export", json=True)
    export.add_argument("what", choices=["mmm"], help="mmm: a media-mix model's input (Meridian, PyMC-Marketing), a row a day")
    export.add_argument("--out", metavar="FILE", help="where to (default: reports/mmm.csv in the home)")
    export.add_argument("--complete", action="store_true", help="only the longest stretch of days without an empty cell: Meridian takes no others")
    back_to = command("rollback", "publish an earlier version again", "rollback")
    back_to.add_argument("version", nargs="?", help="default: the one before the current")
    quarantine = command("quarantine", "the records that were refused", "quarantine", json=True)
    quarantine.add_argument("what", choices=["list", "show", "replay"])
    quarantine.add_argument("file", nargs="?", help="part of a file's name or hash")
    withdraw = command("withdraw", "a received file shall not count: it lay in another account's folder", "withdraw")
    withdraw.add_argument("file", help="the file as `files` names it (account/…/name), or the beginning of its hash")
    withdraw.add_argument("--because", metavar="WHY", help="why, for those who ask later")
    withdraw.add_argument("--undo", action="store_true", help="it counts again")
    reorg = command("reorg", "what each department gains and loses between two organisations, and that no total moves", "reorg", json=True)
    reorg.add_argument("from_profile", metavar="FROM", nargs="?", help="the organisation as published (with --draft: the company's)")
    reorg.add_argument("to_profile", metavar="TO", nargs="?", help="the other one (with --draft: the same, as drafted)")
    reorg.add_argument("--draft", metavar="FILE", help="an ownership.csv that is not in force; the home is not touched")
    reorg.add_argument("--draft-departments", metavar="FILE", help="a departments.csv that goes with it, for a new profile")
    reorg.add_argument("--from", dest="first", metavar="DAY", help="first day of the numbers (default: the last complete month)")
    reorg.add_argument("--to", dest="last", metavar="DAY", help="last day of the numbers, included")
    reorg.add_argument("--on", metavar="DAY", help="put every number under the organisation of this day")
    reorg.add_argument("--out", metavar="FILE", help="where the page goes (default: reports/ in the home; with --json: nowhere)")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one command line; the exit code is the interface's. Never a traceback for what a user can mend."""
    from pipelines.terminal import only_shown

    asked = parser().parse_args(arguments)
    with only_shown():
        return _answer(asked)


def _answer(asked: argparse.Namespace) -> int:
    from pipelines.durable import Busy
    from pipelines.paths import Paths

    try:
        from expectations.problems import Refused
    except ImportError as broken:  # pragma: no cover - a broken installation
        print(f"the installation is broken ({broken}); type `make setup`", file=sys.stderr)
        return FAILED
    paths = Paths.at(asked.home)
    if not paths.can_be_opened:
        print(
            f"{paths.home}: a path with # ? * [ or a letter that cannot be shown is not opened by every engine; move the home, "
            "or give this shell a language in UTF-8 (LC_ALL=C.UTF-8) where its letters look strange",
            file=sys.stderr,
        )
        return REFUSED
    # read when numpy is loaded: threads of its own algebra beside dbt's and DuckDB's double the CPU, and add up in another order on another machine
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # what is imported and parsed stays: to look through it for garbage after every few hundred objects took a tenth of a night
    gc.set_threshold(50_000, 20, 20)
    try:
        return int(import_module(asked.answer).answer(asked, paths))
    except Refused as refused:
        many = f"{len(refused.problems)} problems" if len(refused.problems) > 1 else "1 problem"
        print(f"the company's tables are refused ({many}); nothing was touched:", file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem}", file=sys.stderr)
        return REFUSED
    except Usage as wrong:
        print(str(wrong), file=sys.stderr)
        return REFUSED
    except Busy as busy:
        print(f"{busy}; this run did nothing. `kpi status` shows how the other one ends", file=sys.stderr)
        return BUSY
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader of a pipe has seen enough; what is left in the buffer has nobody to go to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PUBLISHED
    except OSError as broken:
        print(
            f"{broken.strerror or broken}{f': {broken.filename}' if broken.filename else ''}. What is published stays; "
            "`kpi doctor` looks at disk and rights",
            file=sys.stderr,
        )
        return FAILED


class Usage(Exception):
    """What was asked cannot be done as it was asked; the message says what to type instead."""


if __name__ == "__main__":
    sys.exit(main())
