"""Mutation testing: change the code a little, thousands of times, and see that a test notices every time.

    python -m pip install -e ".[test,mutation]"
    python tests/mutation/run.py                           # every module of [mutation] in setup.cfg
    python tests/mutation/run.py integrals/norms jets/jet  # these
    python tests/mutation/run.py --record integrals/norms  # and write the result into docs/mutation.md
    python tests/mutation/run.py --sample 60 jets/jet      # of its mutants 60, drawn at random

mutmut makes the mutants of a module and runs the tests that setup.cfg names for it, in a copy of the
project. A mutant that no test notices must stand in equivalent.toml with the reason why it is
equivalent; one that stands there and is noticed after all must leave. The command fails on either, and
below 95 % killed.

A complete run takes hours, and a sample minutes. The mutants of a sample are drawn with a fixed seed, one
from each of so many equal stretches of the module; docs/mutation.md says how much a sample proves.

Two things are done to the copy. mutmut leaves decorated functions alone, so `@property def f` becomes
`def f`, `f = property(f)`, which is the same. And the package's caches are emptied before each test, or a
mutant would meet tables that the unchanged code has made.
"""

import argparse
import ast
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
# A test failed, or could not be collected, pytest failed, or the time ran out.
NOTICED = {1, 2, 3, -24, 24, 36, 152}
NO_TESTS = 5
BOUNDARY = "tests/test_boundary.py"
LEAST = 0.95
SEED = 12
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
        return self.score >= LEAST and not self.unexplained and not self.stale

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


def prepare(copy: Path, module: str, tests: list[str]) -> None:
    """A copy of the project in which mutmut changes this module alone."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    path = copy / "sobolev_ref" / f"{module}.py"
    path.write_text(undecorated(path.read_text("utf-8")), "utf-8")
    with (copy / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(FRESH_CACHES)
    config = ConfigParser()
    config.read(copy / "setup.cfg")
    config["mutmut"]["only_mutate"] = f"sobolev_ref/{module}.py"
    config["tool:pytest"]["filterwarnings"] = (
        "\nerror\nignore:Module already imported:pytest.PytestAssertRewriteWarning"  # preload.txt
    )
    config["mutmut"]["pytest_add_cli_args_test_selection"] = "\n" + "\n".join(tests)
    with (copy / "setup.cfg").open("w", encoding="utf-8") as file:
        config.write(file)


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


def mutants_of(copy: Path, module: str) -> list[str]:
    """The names of all mutants of a module, in the order of its lines."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    path = f"sobolev_ref/{module}.py"
    names = mutate_file_contents(path, (copy / path).read_text("utf-8")).mutant_names
    return [f"sobolev_ref.{module.replace('/', '.')}.{name}" for name in names]


def draw(names: list[str], size: int, seed: int) -> list[str]:
    """One name from each of `size` equal stretches of the list, at random: each is as likely as any other.

    A name on the border of two stretches may be drawn from both, and counts once.
    """
    if size >= len(names):
        return names
    chance, stretch = random.Random(seed), len(names) / size
    places = {int((i + chance.random()) * stretch) for i in range(size)}
    return [names[min(place, len(names) - 1)] for place in sorted(places)]


def noticed(copy: Path, mutant: str, tests: list[str]) -> bool:
    """Whether a test fails for a mutant that its worker has not killed.

    The module's tests are run once more, for a mutant of code that runs at import, when no mutant is yet in
    force in a worker. Then hostile arguments are tried on its function, or its class, where that is public.
    """
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-pno:cacheprovider", "-mnot slow"]
    hostile = [BOUNDARY, f"-krefused_by_name and {function_of(mutant).split('.')[0]}"]
    for selection in (tests, hostile):
        try:
            done = subprocess.run(
                [*pytest, *selection],
                cwd=copy / "mutants",
                env=ENVIRONMENT | {"MUTANT_UNDER_TEST": mutant},
                capture_output=True,
                timeout=240,
            )
        except subprocess.TimeoutExpired:
            return True
        if done.returncode not in (0, NO_TESTS):
            return True
    return False


def run(
    module: str, tests: list[str], keep: Path | None, sample: int | None = None, seed: int = SEED
) -> Result:
    result = Result(module)
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8")).get(module, [])
    expected = {(e["function"], e["was"], e["now"]) for e in listed}
    mutmut = [sys.executable, "-m", "mutmut"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        prepare(copy, module, tests)
        start = time.perf_counter()
        names = mutants_of(copy, module)
        drawn = draw(names, sample or len(names), seed)
        done = subprocess.run(
            [*mutmut, "run", "--max-children", "1", *(drawn if len(drawn) < len(names) else [])],
            cwd=copy,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
        )
        result.seconds = time.perf_counter() - start
        meta = copy / "mutants" / "sobolev_ref" / f"{module}.py.meta"
        known = json.loads(meta.read_text("utf-8"))["exit_code_by_key"] if meta.exists() else {}
        codes = {name: known.get(name) for name in drawn}
        if None in codes.values():
            raise RuntimeError(
                f"mutmut did not finish:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        survivors = [
            name
            for name, code in codes.items()
            if code not in NOTICED and not noticed(copy, name, tests)
        ]
        result.total, result.mutants = len(names), len(drawn)
        result.killed = len(drawn) - len(survivors)
        seen = set()
        for name in survivors:
            show = subprocess.run(
                [*mutmut, "show", name], cwd=copy, capture_output=True, text=True, check=True
            )
            entry = (function_of(name), *changed_lines(show.stdout))
            seen.add(entry)
            if entry in expected:
                result.listed += 1
            else:
                result.unexplained.append("\n      ".join(entry))
        if len(drawn) == len(names):
            result.stale = ["\n      ".join(entry) for entry in sorted(expected - seen)]
        if keep:
            shutil.copytree(copy, keep / module, dirs_exist_ok=True)
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
