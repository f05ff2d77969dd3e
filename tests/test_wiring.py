"""How the house hangs together: who may import whom, what a model may read, which checks stand before publishing, where the law is written.

Belongs here: rules about the repository itself, each with the offenders by name. Never here: a number of the night.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.sources import (
    ROOMS,
    files,
    literals_in_cases,
    names_of_the_split,
    place,
    python_literals,
    python_trees,
    seed,
    sql_files,
    sql_literals,
    sql_of,
)

HEAVY = ("dagster", "dbt", "dbt.cli", "polars", "pandas", "great_expectations", "duckdb", "altair")


def in_a_fresh_process(script: str, home: Path) -> Any:
    """What a script prints as JSON on its last line, in a Python that has imported nothing yet, in an empty folder with an empty home."""
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
        env={**os.environ, "KPI_HOME": str(home)},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# Everything a process does to the world outside passes one of these events; Python tells before it happens, whoever asks for it.
WATCH = """
import importlib, json, os, pkgutil, sys
done = []
def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and args[0] != os.devnull:
        done.append(f"writes {args[0]}")
    elif event == "subprocess.Popen" and list(args[1])[:2] == ["file", "-b"]:
        pass  # the standard library's platform.architecture() asks so how Python was linked; a dependency wants to know
    elif event in ("subprocess.Popen", "os.mkdir", "os.rename", "os.remove", "socket.connect", "socket.getaddrinfo", "os.system"):
        done.append(f"{event} {args[0]}")
sys.addaudithook(watch)
heavy = lambda: [name for name in HEAVY if name in sys.modules]
""".replace("HEAVY", repr(HEAVY))


class TestImports:
    def test_pipelines_sees_both_rooms_and_the_two_rooms_never_meet(self) -> None:
        linter = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([str(linter), "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        # a contract that was deleted is not broken either: at least one must be kept
        assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout), done.stdout + done.stderr
        assert done.returncode == 0, done.stdout

    def test_the_door_can_be_looked_at_without_paying_for_a_night(self, tmp_path: Path) -> None:
        script = WATCH + "import pipelines.definitions\nprint(json.dumps({'heavy': heavy(), 'done': done}))"
        seen = in_a_fresh_process(script, tmp_path / "home")
        assert set(seen["heavy"]) <= {"dagster", "dbt"}  # dagster-dbt asks dbt for its version; no command line of dbt, no DuckDB, no GX
        assert seen["done"] == []

    def test_importing_every_module_runs_nothing(self, tmp_path: Path) -> None:
        script = WATCH + (
            "import duckdb\n"
            "duckdb.connect = lambda *a, **k: done.append(f'duckdb.connect {a}')\n"
            f"for room in {ROOMS!r}:\n"
            "    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + '.'):\n"
            "        importlib.import_module(module.name)\n"
            f"ours = sorted(name for name in sys.modules if name.split('.')[0] in {ROOMS!r})\n"
            "print(json.dumps({'ours': ours, 'heavy': heavy(), 'done': done}))"
        )
        seen = in_a_fresh_process(script, tmp_path / "home")
        written = {place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in files(*ROOMS) if path.suffix == ".py"}
        assert written - set(seen["ours"]) == set()
        assert seen["done"] == []
        assert [path.name for path in tmp_path.rglob("*")] == ["home"]
        # these cost seconds each and are imported by the one function that needs them
        assert {"great_expectations", "pandas", "altair", "dbt.cli"}.isdisjoint(seen["heavy"])

    def test_help_waits_for_no_engine(self, tmp_path: Path) -> None:
        script = WATCH + (
            "from pipelines.cli import main\n"
            "try:\n    main(['--help'])\n"
            "except SystemExit as left:\n    print(json.dumps({'code': left.code, 'heavy': heavy(), 'done': done}))"
        )
        assert in_a_fresh_process(script, tmp_path / "home") == {"code": 0, "heavy": [], "done": []}


# --- the models, from dbt's own manifest ----------------------------------------------------------------------------------------

LAYERS = ("staging", "intermediate", "attribution", "marts")
# Which layers may read a source. Rules are tables like any other and are joined wherever they decide; landing belongs to staging, which
# alone knows about generations and the run date; a mart asks neither what came in nor what day it is.
READERS = {"landing": {"staging"}, "run": {"staging", "intermediate"}, "rules": set(LAYERS)}
# published as it stands: a refused record never became a fact, so there is nothing for staging to do with it
PASSED_THROUGH = {("quarantine", "landing.quarantine")}


@dataclass(frozen=True)
class Model:
    name: str
    layer: str
    is_public: bool
    has_contract: bool
    description: str
    columns: dict[str, Any]
    models: frozenset[str]
    sources: frozenset[str]
    tests: frozenset[str]

    @property
    def first_sentence(self) -> str:
        return " ".join(self.description.split()).partition(". ")[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that was just made and has not seen a night; it lives where no other test's company lives."""
    from pipelines.commands.home import init
    from pipelines.paths import Paths

    home = tmp_path_factory.mktemp("wiring") / "home"
    init(Paths.at(home), "empty", quiet=True)
    settings = home / "company" / "company.toml"
    settings.write_text(re.sub(r'time_zone = ".*"', 'time_zone = "America/Bogota"', settings.read_text()))
    return home


@pytest.fixture(scope="module")
def manifest(home: Path) -> dict[str, Any]:
    """The dbt project as dbt understands it, parsed once."""
    from pipelines import transform
    from pipelines.paths import Paths

    found: dict[str, Any] = dict(transform.manifest(Paths.at(home)))
    return found


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> list[Model]:
    nodes = manifest["nodes"]
    tests: dict[str, set[str]] = {}
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            tests.setdefault(node["attached_node"], set()).add(node["test_metadata"]["name"])
    return [
        Model(
            name=node["name"],
            layer=node["fqn"][1],
            is_public=node["access"] == "public",
            has_contract=bool(node["config"]["contract"]["enforced"]),
            description=node["description"],
            columns=node["columns"],
            models=frozenset(key.split(".")[-1] for key in node["depends_on"]["nodes"] if key.startswith("model.")),
            sources=frozenset(".".join(key.split(".")[-2:]) for key in node["depends_on"]["nodes"] if key.startswith("source.")),
            tests=frozenset(tests.get(key, set())),
        )
        for key, node in nodes.items()
        if node["resource_type"] == "model"
    ]


class TestModels:
    def test_every_model_stands_in_a_layer_and_every_mart_is_public(self, models: list[Model]) -> None:
        assert [model.name for model in models if model.layer not in LAYERS] == []
        assert [model.name for model in models if model.is_public != (model.layer == "marts")] == []
        assert {model.layer for model in models} == set(LAYERS)

    def test_layers_only_look_left(self, models: list[Model]) -> None:
        layer = {model.name: LAYERS.index(model.layer) for model in models}
        assert [(model.name, read) for model in models for read in model.models if layer[read] > layer[model.name]] == []

    def test_nothing_but_a_mart_reads_a_mart(self, models: list[Model]) -> None:
        marts = {model.name for model in models if model.layer == "marts"}
        assert [(model.name, read) for model in models if model.layer != "marts" for read in model.models & marts] == []

    def test_only_staging_touches_what_came_in_and_no_mart_asks_the_run_date(self, models: list[Model]) -> None:
        wrong = {(model.name, read) for model in models for read in model.sources if model.layer not in READERS[read.split(".")[0]]}
        assert wrong == PASSED_THROUGH

    def test_every_model_says_what_it_is(self, models: list[Model]) -> None:
        assert sorted(model.name for model in models if not model.description.strip()) == []

    def test_a_public_model_opens_with_its_grain(self, models: list[Model]) -> None:
        assert [(model.name, model.first_sentence) for model in models if model.is_public and not model.description.startswith("One row per ")] == []

    def test_a_public_models_grain_is_tested_and_not_only_said(self, models: list[Model]) -> None:
        assert sorted(model.name for model in models if model.is_public and "one_row_per" not in model.tests) == []

    def test_a_public_model_is_a_contract_to_the_last_column(self, models: list[Model]) -> None:
        public = [model for model in models if model.is_public]
        assert [model.name for model in public if not model.has_contract or not model.columns] == []
        columns = [(model.name, name, about) for model in public for name, about in model.columns.items()]
        assert [(model, name) for model, name, about in columns if not about["data_type"] or not about["description"].strip()] == []

    @pytest.mark.parametrize("path", sql_files(), ids=place)
    def test_the_same_inputs_give_the_same_night(self, path: Path) -> None:
        """No clock, no dice, no environment: what a night depends on comes in as rows, or yesterday could not be run again."""
        calls = r"\b(now|today|random|uuid\w*|gen_random_uuid|setseed|get_current_\w+|transaction_timestamp|env_var|var|run_query)\s*\("
        words = r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp|tablesample|using\s+sample)\b"
        assert re.findall(f"{calls}|{words}", sql_of(path), flags=re.IGNORECASE) == []

    def test_edges_never_ask_the_clock(self) -> None:
        """The time is taken once, by the wiring, and handed on: else a night could not be run as of another day."""
        clock = {"now", "utcnow", "today", "time", "monotonic"}
        asked = [
            f"{file}:{node.lineno} {ast.unparse(node.func)}"
            for file, tree in python_trees()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in clock
            and ast.unparse(node.func.value).split(".")[-1] in ("datetime", "date", "dt", "time")
            and not ast.unparse(node.func).startswith("pl.")
        ]
        assert [call for call in asked if not call.startswith("pipelines/")] == []


# --- Dagster's graph ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def definitions(home: Path, manifest: dict[str, Any]) -> Iterator[Any]:
    """What `dagster dev` and workspace.yaml load: the door, opened by its own handle."""
    with patch.dict(os.environ, {"KPI_HOME": str(home)}):  # the door writes dbt's environment; the next test's home must not inherit it
        from pipelines.definitions import defs

        yield defs()


@pytest.fixture(scope="module")
def graph(definitions: Any) -> Any:
    return definitions.resolve_asset_graph()


def key(name: str) -> Any:
    import dagster as dg

    return dg.AssetKey(name)


def waits_for(definitions: Any, step: str, gate: str) -> set[str]:
    """The checks of a gate that must have passed before a step begins, as `asset_check`."""
    dependencies = next(inputs for node, inputs in definitions.resolve_job_def("nightly").graph.dependencies.items() if node.name == step)
    checks = [check for one in dependencies.values() for check in getattr(one, "asset_check_dependencies", [])]
    return {check.output for check in checks if check.node == gate}


class TestGraph:
    def test_the_four_exports_every_model_and_the_published_version_are_assets(self, graph: Any, models: list[Model]) -> None:
        expected = {"reach", "followers", "retention", "conversion", "published", *(model.name for model in models)}
        assert {one.to_user_string() for one in graph.materializable_asset_keys} == expected

    @pytest.mark.parametrize("feed", ["reach", "followers", "retention", "conversion"])
    def test_a_landing_asset_says_who_answers_for_it_and_what_it_is_made_of(self, graph: Any, feed: str) -> None:
        functions = {row["function"] for row in seed("metrics") if row["feed"] == feed}
        owners = {
            row["department"]
            for row in seed("ownership")
            if row["profile"] == "default" and row["role"] == "accountable" and row["function"] in functions
        }
        assert owners
        assert set(graph.get(key(feed)).owners) == {f"team:{owner}" for owner in owners}
        assert graph.get(key(feed)).kinds == {"polars", "parquet"}

    def test_no_check_hangs_on_an_asset_that_is_never_made(self, graph: Any) -> None:
        assert [check for check in graph.asset_check_keys if check.asset_key not in graph.materializable_asset_keys] == []

    def test_every_required_guard_is_a_check_and_blocks_as_the_list_says(self, graph: Any) -> None:
        from expectations.guards import required

        found = {check.name: graph.get(check).blocking for check in graph.asset_check_keys if check.name in required()}
        assert found == required()

    def test_publishing_waits_for_every_public_model(self, graph: Any, models: list[Model]) -> None:
        assert {parent.to_user_string() for parent in graph.get(key("published")).parent_keys} == {m.name for m in models if m.is_public}

    def test_a_data_test_of_a_public_model_holds_the_night_like_a_guard(self, graph: Any, models: list[Model]) -> None:
        from expectations.guards import required

        public = {model.name for model in models if model.is_public}
        tests = [check for check in graph.asset_check_keys if check.asset_key.to_user_string() in public and check.name not in required()]
        assert tests
        assert [check for check in tests if not graph.get(check).blocking] == []

    @pytest.mark.parametrize(("gate", "step"), [("landing", "models"), ("publish", "published")])
    def test_a_step_begins_only_after_every_blocking_guard_of_its_gate(self, definitions: Any, gate: str, step: str) -> None:
        from expectations.guards import guards

        blocking = {f"{guard.reads[0]}_{guard.name}" for guard in guards(gate) if guard.blocking}
        assert waits_for(definitions, step, f"{gate}_gate") == blocking

    @pytest.mark.parametrize("name", ["nightly", "backfill"])
    def test_a_job_runs_everything_in_one_process(self, definitions: Any, graph: Any, name: str) -> None:
        """DuckDB has one writer: a second process would find the file locked in the middle of the night."""
        job = definitions.resolve_job_def(name)
        assert job.executor_def.name == "in_process"
        assert set(job.asset_layer.executable_asset_keys) == set(graph.materializable_asset_keys)
        assert {node.name for node in job.graph.nodes} == {"landing", "landing_gate", "models", "publish_gate", "published"}

    def test_whatever_is_materialised_by_hand_runs_in_one_process_too(self, definitions: Any) -> None:
        assert definitions.executor.name == "in_process"

    def test_a_night_that_dagster_starts_takes_the_lock_of_the_home(self, definitions: Any, home: Path) -> None:
        """Without it a night of the schedule and one of `kpi run` would clear each other's building site."""
        from pipelines.durable import Busy, only_one
        from pipelines.paths import Paths

        lock, job = Paths.at(home).lock, definitions.resolve_job_def("nightly")
        with only_one(lock), pytest.raises(Busy, match="another run holds"):
            job.execute_in_process()
        assert not (home / "state" / "building").exists()

    def test_a_night_that_was_killed_is_not_shown_as_running_for_ever(self) -> None:
        import dagster as dg

        from pipelines.dagster_home import end_what_died
        from pipelines.jobs import JOBS

        with dg.DagsterInstance.ephemeral() as instance:
            started = {name: dg.DagsterRun(job_name=name, status=dg.DagsterRunStatus.STARTED) for name in ("nightly", "another")}
            for run in started.values():
                instance.add_run(run)
            end_what_died(instance, JOBS)
            ended = {name: instance.get_run_by_id(run.run_id).status.value for name, run in started.items()}
        assert ended == {"nightly": "FAILURE", "another": "STARTED"}

    def test_publishing_alone_by_hand_makes_no_empty_version(self, home: Path) -> None:
        from pipelines.night import Held, finish
        from pipelines.paths import Paths

        with pytest.raises(Held, match="start the whole job nightly"):
            finish(Paths.at(home), "by hand")
        assert not Paths.at(home).candidate.exists()

    def test_the_night_begins_by_the_companys_clock(self, definitions: Any) -> None:
        schedule = definitions.resolve_schedule_def("every_night")
        assert schedule.execution_timezone == "America/Bogota"
        assert schedule.job.name == "nightly"

    def test_the_workspace_points_at_the_door(self) -> None:
        (entry,) = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())["load_from"]
        assert importlib.util.find_spec(entry["python_module"]["module_name"]) is not None
        assert (REPOSITORY / entry["python_module"]["working_directory"]).resolve() == REPOSITORY


# --- the law is written once, in tables -----------------------------------------------------------------------------------------

SHAPE = "the landing shape of that name, not the metric"
COLUMN = "the column of accounts.csv of that name, not the function"
IN_PYTHON = {
    ("orders", "assets/acts.py"): SHAPE,
    ("orders", "assets/shapes.py"): SHAPE,
    ("orders", "assets/between.py"): SHAPE,
    ("orders", "assets/fields.py"): SHAPE,
    ("orders", "assets/rows.py"): SHAPE,
    ("orders", "assets/nested.py"): SHAPE,
    ("orders", "assets/relanding.py"): SHAPE,
    ("orders", "expectations/views.py"): SHAPE,
    ("orders", "assets/demo/people.py"): "a stream of random numbers of the made-up year is named after what it decides",
    ("brand", "assets/demo/company_tables.py"): COLUMN,
    ("brand", "expectations/bonds.py"): COLUMN,
    ("brand", "expectations/split.py"): COLUMN,
}
IN_SQL = {
    ("orders", "dbt_project/models/intermediate/int_changes.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_deliveries.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_event_measures.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_people_accounts.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_people_spans.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_period_measures.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_reached.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_superseded.sql"): SHAPE,
    ("orders", "dbt_project/models/intermediate/int_told.sql"): SHAPE,
}


def unneeded(exceptions: dict[tuple[str, str], str], met: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Exceptions that nothing makes use of any more; a list of them may only shrink."""
    return {(name, file) for name, file in exceptions if (name, file) not in met and (REPOSITORY / file).is_file()}


class TestTheLawIsInTheTables:
    def test_the_tables_name_what_they_govern(self) -> None:
        """The searches below look for these names: with an empty list of names they would find nothing and be content."""
        assert {"content_reads", "AW03", "new_media", "marketing", "operations", "orders"} <= names_of_the_split()

    def test_no_python_knows_a_metric_a_function_or_a_department(self) -> None:
        said = {(name, text.file, text.line) for text in python_literals() for name in names_of_the_split() if text.says(name)}
        assert sorted(f"{file}:{line} says '{name}'" for name, file, line in said if (name, file) not in IN_PYTHON) == []
        assert unneeded(IN_PYTHON, {(name, file) for name, file, _ in said}) == set()

    def test_no_model_and_no_guard_knows_a_metric_a_function_or_a_department(self) -> None:
        said = {(text, place(path)) for path in sql_files() for text in sql_literals(sql_of(path)) if text in names_of_the_split()}
        assert sorted(said - IN_SQL.keys()) == []
        assert unneeded(IN_SQL, said) == set()

    def test_no_case_in_sql_decides_by_a_name_of_the_split(self) -> None:
        names = names_of_the_split() | {row["department_kind"] for row in seed("department_kinds") if row["is_declarable"] == "true"}
        decided = [(place(path), text) for path in sql_files() for text in literals_in_cases(sql_of(path)) if text in names]
        assert decided == []
        assert literals_in_cases("case when a = 'x' then case b when 'y' then 'z' end else 'w' end, 'not this'") == ["x", "y", "z", "w"]

    def test_the_readme_prints_the_law_that_the_seeds_hold(self) -> None:
        lawful: dict[str, list[str]] = {}
        for row in seed("class_rules"):
            lawful.setdefault(row["class"], []).append(row["department_kind"])
        expected = [("class", "lawful department kinds"), *((name, " or ".join(kinds)) for name, kinds in lawful.items())]
        block = re.search(r"<!-- split -->\n(.*?)<!-- /split -->", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.DOTALL)
        lines = block.group(1).strip().splitlines() if block else []
        cells = [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines if line.strip()]
        printed = [row for row in cells if set("".join(row)) - set("-: ")]
        wanted = "\n".join(f"| {name} | {kinds} |" for name, kinds in expected)
        assert printed == expected, f"README.md must hold between <!-- split --> and <!-- /split -->:\n{wanted}"


CODE = (*ROOMS, "dbt_project", "tests", ".ci", "Makefile", "pyproject.toml", "workspace.yaml")
UNSAFE = ("pickle", "cPickle", "dill", "marshal", "shelve")
LOCKS = ("requirements.lock", "requirements-installer.lock")
# namespaces are names that nobody dials, and .example is reserved so that nobody can ever be dialled by it (RFC 2606)
NOBODY = re.compile(r"https?://(?:www\.w3\.org/|(?:[\w-]+\.)*example(?:[/:'\"\s]|$))")


class TestWhatTheCodeNeverDoes:
    def test_nothing_is_unpickled_and_no_text_becomes_code(self) -> None:
        wrong = []
        for file, tree in python_trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                    wrong += [f"{file}:{node.lineno} {name}" for name in names if name.split(".")[0] in UNSAFE]
                elif isinstance(node, ast.Call):
                    called = ast.unparse(node.func)
                    is_code = called in ("eval", "exec", "compile", "__import__", "os.system", "os.popen")
                    is_unsafe_yaml = called.startswith("yaml.") and "load" in called and called not in ("yaml.safe_load", "yaml.safe_load_all")
                    is_shell = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
                    wrong += [f"{file}:{node.lineno} {called}"] if is_code or is_unsafe_yaml or is_shell else []
        assert wrong == []

    def test_no_address_stands_in_the_code(self) -> None:
        wrong = []
        for path in [path for path in files(*CODE) if not place(path).startswith("tests/") and path.suffix != ".md"]:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                wrong += [f"{place(path)}:{number} {line.strip()[:80]}"] if re.search(r"https?://", NOBODY.sub("", line)) else []
        assert wrong == []

    def test_nothing_is_left_for_later_and_no_path_is_of_one_machine(self) -> None:
        later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
        machine = re.compile(r"(?<![\w.}\]*<])/(?:home|work|Users|root|tmp|mnt|opt)/\w")
        wrong = [
            f"{place(path)}:{number} {line.strip()[:80]}"
            for path in files(*CODE, "README.md", "docs")
            if not place(path).startswith("tests/exports/")  # other people's bytes
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if later.search(line) or machine.search(line)
        ]
        assert wrong == []

    @pytest.mark.parametrize("name", LOCKS)
    def test_a_lock_pins_by_hash_and_names_no_index(self, name: str) -> None:
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        assert re.findall(r"^\s*(?:-i|--(?:extra-)?index-url|--find-links|--trusted-host).*|\S*https?://\S*|.* @ .*", text, flags=re.MULTILINE) == []
        pinned = re.findall(r"^([A-Za-z0-9][\w.\-]*)(?:\[[\w,]+\])?==\S+((?:[^\n]*\\\n)*[^\n]*)", text, flags=re.MULTILINE)
        assert pinned
        assert [package for package, rest in pinned if "--hash=sha256:" not in rest] == []
