"""Imports run one way: the graph is drawn from the source, between folders and inside each of them."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

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
    "data",
    "plots",
    "paper",
]
LEAVES = {"lab", "claims", "plain", "__main__"}
MODULES = {
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts): p
    for p in PACKAGE.rglob("*.py")
    if p.name != "__init__.py"
}


def imports(path, name):
    """The modules and folders of the package that a file imports, relative imports resolved."""
    here = name.split(".")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(n.name.split(".")[0] == "sobolev_ref" for n in node.names), path
        if not isinstance(node, ast.ImportFrom):
            continue
        assert not node.level or node.level <= len(here), f"{path}: an import from above"
        if not node.level:
            assert (node.module or "").split(".")[0] != "sobolev_ref", f"{path}: not relative"
            continue
        base = here[: len(here) - node.level]
        if node.module:
            yield ".".join([*base, *node.module.split(".")])
        else:
            yield from (".".join([*base, n.name]) for n in node.names)


GRAPH = {name: set(imports(path, name)) for name, path in MODULES.items()}


def test_there_is_a_graph():
    assert len(GRAPH) > 40 and sum(map(len, GRAPH.values())) > 150
    assert "losses.sobolev" in GRAPH and "models.model" in GRAPH["losses.sobolev"]
    for name, targets in GRAPH.items():
        assert targets <= set(MODULES), (name, targets - set(MODULES))


def test_imports_run_one_way_between_folders():
    for name, targets in GRAPH.items():
        folder = name.split(".")[0]
        for target in targets:
            other = target.split(".")[0]
            assert other == folder or other not in LEAVES, f"{name} imports {target}"
            if folder not in LEAVES and other != folder:
                assert READING_ORDER.index(other) < READING_ORDER.index(folder), (name, target)


def test_imports_run_one_way_between_modules():
    order = list(TopologicalSorter(GRAPH).static_order())  # CycleError where there is a circle
    assert set(order) == set(MODULES)


def test_every_module_lies_in_a_folder_of_the_reading_order():
    assert {name.split(".")[0] for name in MODULES} <= set(READING_ORDER) | LEAVES
