"""What mutation testing is set up with is there: modules, tests, and the lines of equivalent mutants.

The run itself, `python tests/mutation/run.py`, takes hours and is no part of this suite.
"""

import ast
import tomllib

import pytest
from mutation import run
from mutation.run import (
    EQUIVALENT,
    ROOT,
    Result,
    changed_lines,
    changes,
    draw,
    function_of,
    modules,
    undecorated,
)

LISTED = tomllib.loads(EQUIVALENT.read_text("utf-8"))
PAGE = (ROOT / "docs" / "mutation.md").read_text("utf-8")


def test_every_module_of_the_mathematics_has_tests_and_a_row_in_the_page():
    configured, package = modules(), ROOT / "sobolev_ref"
    mathematics = {
        f"{path.parent.name}/{path.stem}"
        for folder in ("jets", "models", "integrals", "losses", "optimize", "theory")
        for path in (package / folder).glob("[a-z]*.py")
    }
    assert len(mathematics) > 30
    mathematics.remove("losses/distributed")  # its mutants would wait for clusters
    assert mathematics <= set(configured)
    assert set(LISTED) <= set(configured)
    for module, tests in configured.items():
        assert (ROOT / "sobolev_ref" / f"{module}.py").exists()
        files = [test.removeprefix("--deselect=").split("::")[0] for test in tests]
        assert files and all((ROOT / file).exists() for file in files)
        assert f"\n| `{module}` |" in PAGE


@pytest.mark.parametrize("module", LISTED)
def test_equivalent_mutants_are_of_lines_that_are_there(module):
    lines = " ".join((ROOT / "sobolev_ref" / f"{module}.py").read_text("utf-8").split())
    for entry in LISTED[module]:
        assert set(entry) == {"function", "was", "now", "why"}
        assert " ".join(entry["was"].split()) in lines, entry["was"]
        assert entry["now"] != entry["was"] and len(entry["why"]) > 20


SOURCE = '''\
class Box:
    @property
    def side(self):
        """Doc."""
        return 2

    @classmethod
    def unit(cls):
        return cls()


@cache
def f(x):
    return x
'''


def test_decorators_become_assignments():
    plain = undecorated(SOURCE)
    assert "@property" not in plain and "@cache" not in plain and "@classmethod" in plain
    namespace = {"cache": lambda f: lambda x: f(x) + 10}
    exec(compile(ast.parse(plain), "plain", "exec"), namespace)
    assert namespace["Box"]().side == 2 and namespace["f"](1) == 11
    assert isinstance(namespace["Box"].unit(), namespace["Box"])


def test_names_and_diffs_of_mutmut_are_read():
    assert function_of("sobolev_ref.integrals.norms.x_phi__mutmut_3") == "phi"
    assert function_of("sobolev_ref.jets.jet.xǁJetǁ__repr____mutmut_12") == "Jet.__repr__"
    diff = "--- a\n+++ a\n@@ -1,3 +1,3 @@\n def f():\n-    x = 1\n-    y\n+    x = 2\n"
    assert changed_lines(diff) == ("x = 1 y", "x = 2")


def test_what_a_mutant_has_changed_is_read_from_the_file_with_all_of_them():
    code = """
class Box:
    def xǁBoxǁside__mutmut_orig(self, n=1):
        a = n
        return a + 1
    def xǁBoxǁside__mutmut_1(self, n=2):
        a = n
        return a + 1
    def xǁBoxǁside__mutmut_2(self, n=1):
        a = n
        return a - 1
"""
    changed = changes(code, "sobolev_ref.jets.box.xǁBoxǁside__mutmut_2")
    assert changed == ("Box.side", "return a + 1", "return a - 1")
    _, was, now = changes(code, "sobolev_ref.jets.box.xǁBoxǁside__mutmut_1")
    assert (was, now) == ("def side(self, n=1):", "def side(self, n=2):")


def test_a_sample_is_spread_over_the_module_and_the_same_every_time():
    names = [f"mutant {i}" for i in range(97)]
    sample = draw(names, 20, seed=1)
    assert sample == draw(names, 20, seed=1) != draw(names, 20, seed=2)
    places = [names.index(name) for name in sample]
    for i, place in enumerate(places):
        assert i * 97 / 20 - 1 < place < (i + 1) * 97 / 20
    assert draw(names, 97, seed=1) == draw(names, 200, seed=1) == names


def test_every_mutant_is_as_likely_to_be_drawn_as_any_other():
    """A mutant is expected size/length times in a draw; 4,000 draws find that to 5 standard deviations."""
    names, draws = list(range(7)), 4000
    found = [name for seed in range(draws) for name in draw(names, 3, seed)]
    twice = (
        2 * draws * (3 / 7) ** 2 * (1 / 3) * (2 / 3)
    )  # of the two borders, on either side of each
    assert abs(len(found) - (3 * draws - twice)) < 5 * twice**0.5
    for inside in (0, 1, 3, 5, 6):
        assert abs(found.count(inside) - draws * 3 / 7) < 5 * (draws * 3 / 7 * 4 / 7) ** 0.5


def test_a_row_says_what_was_drawn_and_what_has_been_killed_since(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("| `a/b` | not yet run | | | | |\n| `a/bc` | not yet run | | | | |\n")
    monkeypatch.setattr(run, "RECORD", page)
    for killed, since in ((57, ""), (59, ", 2 since drawn"), (60, ", 3 since drawn")):
        run.record(Result("a/b", total=500, mutants=60, killed=killed, seconds=8.0))
        row = f"| `a/b` | 60 of 500 drawn | {killed}{since} | 0 | {100 * killed / 60:.1f} % | 8 s |"
        assert page.read_text().splitlines() == [row, "| `a/bc` | not yet run | | | | |"]
    run.record(Result("a/b", total=500, mutants=500, killed=499, seconds=80.0))
    assert page.read_text().startswith("| `a/b` | 500 | 499 | 0 | 99.8 % | 80 s |\n")
