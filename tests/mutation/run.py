"""Mutation testing: change the code a little, thousands of times, and see that a test notices every time.

    python -m pip install -e ".[test,mutation]"
    python tests/mutation/run.py                           # every module of [mutation] in setup.cfg
    python tests/mutation/run.py integrals/norms jets/jet  # these
    python tests/mutation/run.py --record integrals/norms  # and write the result into docs/mutation.md
    python tests/mutation/run.py --sample 60 jets/jet      # of its mutants 60, drawn at random

A mutant that no test notices must stand in equivalent.toml with the reason why it is
equivalent; one that stands there and is noticed after all must leave. The command fails on either, and
below 95 % killed of all.

A complete run takes hours, and a sample minutes. The mutants of a sample are drawn with a fixed seed, one
from each of so many equal stretches of the module; docs/mutation.md says how much a sample proves.

mutmut writes the mutants of a module, all into one file, and the tests that setup.cfg names for it are run
in a copy of the project, by forks.py. Two things are done to the copy. mutmut leaves decorated functions
alone, so `@property def f` becomes `def f`, `f = property(f)`, which is the same. And the package's caches
are emptied before each test, or a mutant would meet tables that the unchanged code has made.
"""

import argparse
import ast
import difflib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
RECORD = ROOT / "docs" / "mutation.md"
COPIED = ("sobolev_ref", "tests", "setup.cfg", "pyproject.toml", "README.md")
REWRITABLE = ("cache", "property", "cached_property")
BOUNDARY = "tests/test_boundary.py"
LEAST = 0.95
SEED = 12
PYTEST = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-mnot slow"]
ENVIRONMENT = os.environ | {"HYPOTHESIS_PROFILE": "mutation", "OPENBLAS_NUM_THREADS": "1"}

FRESH_CACHES = '''

import functools
import sys

import pytest


@pytest.fixture(autouse=True)
def fresh_caches():
    """Whatever the package has cached comes from the code under test."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sobolev_ref"):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
'''


@dataclass
class Result:
    """What became of a module's mutants."""

    module: str
    total: int = 0
    mutants: int = 0
    killed: int = 0
    seconds: float = 0.0
    listed: int = 0
    since: int = 0
    unexplained: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        return self.killed / self.mutants if self.mutants else 0.0

    @property
    def passed(self) -> bool:
        enough = self.score >= LEAST or self.mutants < self.total
        return enough and not self.unexplained and not self.stale

    def row(self) -> str:
        drawn = f" of {self.total} drawn" if self.mutants < self.total else ""
        since = f", {self.since} since drawn" if self.since else ""
        return (
            f"| `{self.module}` | {self.mutants}{drawn} | {self.killed}{since} | {self.listed} "
            f"| {100 * self.score:.1f} % | {self.seconds:.0f} s |"
        )


def modules() -> dict[str, list[str]]:
    """From module to the test files that must notice its mutants."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return {module: tests.split() for module, tests in config["mutation"].items()}


def undecorated(source: str) -> str:
    """The same module, each decorator of REWRITABLE applied by an assignment after its function."""
    lines = source.split("\n")
    tree = ast.parse(source)
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    functions = [f for body in bodies for f in body if isinstance(f, ast.FunctionDef)]
    for f in sorted(functions, key=lambda f: -f.lineno):
        names = [d.id for d in f.decorator_list if isinstance(d, ast.Name)]
        if len(f.decorator_list) == 1 and len(names) == 1 and names[0] in REWRITABLE:
            indent = " " * f.col_offset
            lines.insert(f.end_lineno or f.lineno, f"{indent}{f.name} = {names[0]}({f.name})")
            del lines[f.decorator_list[0].lineno - 1]
    return "\n".join(lines)


def prepare(copy: Path, module: str) -> list[str]:
    """A copy of the project with all mutants of this module, and their names in the order of its lines."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    path = copy / "sobolev_ref" / f"{module}.py"
    mutated = mutate_file_contents(str(path), undecorated(path.read_text("utf-8")))
    path.write_text(mutated.code, "utf-8")
    with (copy / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(FRESH_CACHES)
    return [f"sobolev_ref.{module.replace('/', '.')}.{name}" for name in mutated.mutant_names]


def changes(code: str, mutant: str) -> tuple[str, str, str]:
    """(the function, what was there, what the mutant has in its place), from the file with all mutants."""
    name = mutant.split(".")[-1]
    original = re.sub(r"_\d+$", "_orig", name)
    sources = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and node.name in (name, original):
            lines = code.split("\n")[node.lineno - 1 : node.end_lineno]
            plain = function_of(name).split(".")[-1]
            sources[node.name] = [line.replace(node.name, plain) for line in lines]
    diff = "\n".join(difflib.unified_diff(sources[original], sources[name], lineterm=""))
    return function_of(mutant), *changed_lines(diff)


def changed_lines(diff: str) -> tuple[str, str]:
    """(what was there, what the mutant has in its place), from a unified diff."""
    body = diff[diff.index("@@") :].splitlines()
    was = [line[1:].strip() for line in body if line.startswith("-")]
    now = [line[1:].strip() for line in body if line.startswith("+")]
    return " ".join(was), " ".join(now)


def function_of(mutant: str) -> str:
    """`sobolev_ref.jets.jet.x_scale__mutmut_3` is of scale, `…xǁJetǁ__repr____mutmut_1` of Jet.__repr__."""
    name = re.sub(r"__mutmut_\d+$", "", mutant.split(".")[-1])
    return ".".join(name[2:].split("ǁ"))


def draw(names: list[str], size: int, seed: int) -> list[str]:
    """One name from each of `size` equal stretches of the list, at random: each is as likely as any other.

    A name on the border of two stretches may be drawn from both, and counts once.
    """
    if size >= len(names):
        return names
    chance, stretch = random.Random(seed), len(names) / size
    places = {int((i + chance.random()) * stretch) for i in range(size)}
    return [names[min(place, len(names) - 1)] for place in sorted(places)]


def outcomes(copy: Path, mutants: list[str], selection: list[str]) -> dict[str, str]:
    """What becomes of each of the mutants: "killed", "survived" or "unknown", by forks.py."""
    (copy / "drawn.json").write_text(json.dumps(mutants))
    (copy / "outcomes.json").write_text("{}")
    done = subprocess.run(
        [*PYTEST, "-pmutation.forks", *selection],
        cwd=copy,
        env=ENVIRONMENT | {"PYTHONPATH": str(copy / "tests")},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
    found: dict[str, str] = json.loads((copy / "outcomes.json").read_text())
    return found


def noticed(copy: Path, mutant: str, selection: list[str]) -> bool:
    """Whether a test fails for a mutant, in a Python of its own."""
    try:
        done = subprocess.run(
            [*PYTEST, "-x", *selection],
            cwd=copy,
            env=ENVIRONMENT | {"MUTANT_UNDER_TEST": mutant},
            capture_output=True,
            timeout=240,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def survivors(copy: Path, module: str, mutants: list[str], tests: list[str]) -> list[str]:
    """The mutants that no test notices, no example of the module, and no hostile argument of what is public.

    Of a function that is called at import only a Python of its own can tell.
    """
    public = {function_of(name).split(".")[0] for name in mutants}
    hostile = f"refused_by_name and ({' or '.join(sorted(public))})"
    chosen = (
        f"-knot mutmut and (not {Path(BOUNDARY).name} or {hostile})"  # and not those of a mutant
    )
    selection = [*tests, f"sobolev_ref/{module}.py", BOUNDARY, chosen]
    return [
        name
        for name, outcome in outcomes(copy, mutants, selection).items()
        if outcome == "survived" or (outcome == "unknown" and not noticed(copy, name, tests))
    ]


def run(
    module: str, tests: list[str], keep: Path | None, sample: int | None = None, seed: int = SEED
) -> Result:
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8")).get(module, [])
    expected = {(e["function"], e["was"], e["now"]) for e in listed}
    with tempfile.TemporaryDirectory() as folder:
        copy, start = Path(folder), time.perf_counter()
        names = prepare(copy, module)
        drawn = draw(names, sample or len(names), seed)
        left = survivors(copy, module, drawn, tests)
        seconds = time.perf_counter() - start
        code = (copy / "sobolev_ref" / f"{module}.py").read_text("utf-8")
        entries = [changes(code, name) for name in left]
        if keep:
            (copy / "survivors.json").write_text(json.dumps(dict(zip(left, entries))))
            shutil.copytree(copy, keep / module, dirs_exist_ok=True)
    result = Result(module, len(names), len(drawn), len(drawn) - len(left), seconds)
    result.listed = sum(entry in expected for entry in entries)
    result.unexplained = ["\n      ".join(entry) for entry in entries if entry not in expected]
    if len(drawn) == len(names):
        gone = sorted(expected - set(entries))
        result.stale = ["\n      ".join(entry) for entry in gone]
    return result


def record(result: Result) -> None:
    """Replace the module's row in the table of docs/mutation.md.

    Of a sample that stands there already it keeps count of the mutants that are killed only since.
    """
    page = RECORD.read_text("utf-8")
    sample = rf"{result.mutants} of {result.total} drawn"
    before = re.search(
        rf"^\| `{result.module}` \| {sample} \| (\d+)(?:, (\d+) since drawn)? \|", page, flags=re.M
    )
    if before:
        result.since = result.killed - int(before[1]) + int(before[2] or 0)
    row = re.compile(rf"^\| `{result.module}` \|.*$", flags=re.M)
    RECORD.write_text(row.sub(result.row(), page), "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("modules", nargs="*", help="by default all of them")
    parser.add_argument("--record", action="store_true", help="write docs/mutation.md")
    parser.add_argument("--sample", type=int, metavar="N", help="draw N mutants of each module")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="of the draw, by default %(default)s"
    )
    parser.add_argument("--keep", type=Path, help="keep the mutated copies in this folder")
    arguments = parser.parse_args()
    tests, results = modules(), []
    if arguments.sample:
        print(f"a sample of {arguments.sample}, seed {arguments.seed}", flush=True)
    for module in arguments.modules or tests:
        result = run(module, tests[module], arguments.keep, arguments.sample, arguments.seed)
        results.append(result)
        print(result.row(), flush=True)
        for title, entries in (("survived", result.unexplained), ("stale", result.stale)):
            for entry in entries:
                print(f"  {title}: {entry}", flush=True)
        if arguments.record:
            record(result)
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
