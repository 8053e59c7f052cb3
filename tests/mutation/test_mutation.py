"""What mutation testing is set up with is there: modules, tests, and the lines of equivalent mutants.

The run itself, `python tests/mutation/run.py`, takes hours and is no part of this suite.
"""

import ast
import tomllib

import pytest
from mutation.run import EQUIVALENT, ROOT, changed_lines, function_of, modules, undecorated

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
        assert tests and all((ROOT / test.split("::")[0]).exists() for test in tests)
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
