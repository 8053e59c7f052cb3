"""Imports run one way: the graph is drawn from the source, between folders and inside each of them."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sobolev_ref

PACKAGE = Path(__file__).resolve().parents[1] / "sobolev_ref"
READING_ORDER = [
    "_typing",
    "_checks",
    "jets",
    "models",
    "integrals",
    "losses",
    "optimize",
    "theory",
]
READING_ORDER += ["data", "plots", "regression", "paper", "testing"]
LEAVES = {"lab", "claims", "plain", "__main__"}
DRAW = {"plots", "paper", "lab", "claims"}
REQUIRED = {"numpy", "scipy", "matplotlib"}
OPTIONAL = {  # inside functions
    "losses": {"distributed", "threadpoolctl"},
    "regression": {"sklearn"},
    "testing": {"hypothesis"},
}
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
}
MODULES = {name for name in FILES if not name.endswith("__init__")}
FOLDERS = sorted(name.removesuffix(".__init__") for name in FILES if name.endswith(".__init__"))


def parsed(name):
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


@cache
def imports(name):
    return [n for n in ast.walk(parsed(name)) if isinstance(n, ast.Import | ast.ImportFrom)]


def ours(name):
    """The modules and folders of the package that a module imports, relative imports resolved."""
    here = name.split(".")
    for node in imports(name):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= len(here), f"{name}: an import from above"
            base = here[: len(here) - node.level]
            if node.module:
                yield ".".join([*base, *node.module.split(".")])
            else:
                yield from (".".join([*base, n.name]) for n in node.names)


def others(name):
    """The packages, not ours, that a module imports, the standard library left out."""
    found = set()
    for node in imports(name):
        if isinstance(node, ast.Import):
            found |= {n.name.split(".")[0] for n in node.names}
        elif not node.level:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names


GRAPH = {name: set(ours(name)) for name in MODULES}


def folder(name):
    return name.split(".")[0]


def test_there_is_a_graph():
    assert len(GRAPH) > 40 and sum(map(len, GRAPH.values())) > 120
    assert "models.model" in GRAPH["losses.sobolev"]
    for name, targets in GRAPH.items():
        assert targets <= MODULES, (
            f"{name} imports {targets - MODULES}: no module, or a folder's face"
        )
    assert {folder(name) for name in MODULES} == set(READING_ORDER) | LEAVES


def test_imports_run_one_way_between_folders():
    for name, targets in GRAPH.items():
        for other in {folder(target) for target in targets} - {folder(name)}:
            if (folder(name), other) == ("testing", "plain"):  # what others' code is held to
                continue
            assert other not in LEAVES, f"{name} imports from {other}"
            if folder(name) not in LEAVES:
                earlier = READING_ORDER.index(other) < READING_ORDER.index(folder(name))
                assert earlier, f"{name} imports from {other}, which is read later"


def test_imports_run_one_way_between_modules():
    order = list(TopologicalSorter(GRAPH).static_order())  # CycleError where there is a circle
    assert set(order) == MODULES


def named(text, names):
    """Those of the names that a docstring has in backticks, in its order."""
    return [name for name in re.findall(r"`(\w+)`", text) if name in names]


def test_a_folder_says_in_which_order_its_modules_are_read():
    for name in FOLDERS:
        inside = {module.removeprefix(name + ".") for module in MODULES if folder(module) == name}
        said = named(ast.get_docstring(parsed(name + ".__init__")), inside)
        assert sorted(said) == sorted(inside), name


def test_the_package_names_its_folders_in_reading_order():
    text = ast.get_docstring(parsed("__init__")).split("Notation")[0]
    assert named(text, FOLDERS) == [*READING_ORDER[2:], "lab", "claims"]


def test_numpy_scipy_matplotlib_and_no_more():
    """And matplotlib where something is drawn only."""
    for name in MODULES:
        allowed = REQUIRED if folder(name) in DRAW else REQUIRED - {"matplotlib"}
        allowed = {"numpy"} if name == "plain" else allowed
        assert others(name) <= allowed | OPTIONAL.get(folder(name), set()), name


LOADED = """import sys, numpy, scipy.optimize
before = set(sys.modules)
import sobolev_ref as sr
new = set(sys.modules) - before
print(*new)
sr.sobol((0, 1), 2)
assert "scipy.stats" in sys.modules
import sobolev_ref.lab.experiment
assert "matplotlib" not in sys.modules
from sobolev_ref import lab, plots
from sobolev_ref.lab import command
assert "matplotlib.figure" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""


def test_a_star_and_completion_give_every_public_name():
    everything = {}
    exec("from sobolev_ref import *", everything)
    assert {*sobolev_ref.__all__} <= {*everything} and {*sobolev_ref.__all__} <= {*dir(sobolev_ref)}
    for node in ast.walk(parsed("__init__")):
        for name in (n.name for n in getattr(node, "names", ()) if n.asname == n.name):
            assert name in sobolev_ref.__all__
            assert everything[name] is getattr(sobolev_ref, name)
    with pytest.raises(AttributeError, match="has no attribute 'lipshitz'"):
        sobolev_ref.lipshitz  # noqa: B018


@pytest.mark.slow
def test_what_an_import_loads():
    """E: scipy.stats alone took a third of the time of `import sobolev_ref`, and pyplot looks for a screen.

    What draws or tests is loaded by who asks for it, pyplot by a window that opens.
    """
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, check=True, timeout=300, capture_output=True, text=True)
    new = set(done.stdout.split())
    assert {name.split(".")[0] for name in new} - sys.stdlib_module_names == {
        "scipy",
        "sobolev_ref",
    }
    assert "scipy.stats" not in new
    folders = {name.split(".")[1] for name in new if name.startswith("sobolev_ref.")}
    assert not folders & {*DRAW, *LEAVES, "testing"}
