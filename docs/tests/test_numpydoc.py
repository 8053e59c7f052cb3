"""numpydoc's own checks of the public docstrings, those of them that this project holds to.

Left out: a See Also for everything (SA01), an extended summary for everything (ES01), summaries that
begin with a capital or a verb (SS02, SS05: a formula may be one), PR01 and RT01, for which
`tests/test_docstrings.py` follows "as `gauss_legendre`".
"""

import inspect

import pytest
from numpydoc.validate import validate

import sobolev_ref

CHECKS = {
    "GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "SS01", "SS03", "SS04", "SS06", "PR03", "PR05",
    "PR06", "PR09", "PR10", "RT02", "RT05", "YD01", "SA02", "SA03", "SA04",
}  # fmt: skip
NAMES = [
    f"{found.__module__}.{found.__qualname__}"
    for name, found in vars(sobolev_ref).items()
    if not name.startswith("_") and (inspect.isclass(found) or inspect.isfunction(found))
]


@pytest.mark.parametrize("name", NAMES)
def test_numpydoc(name):
    faults = [(code, text) for code, text in validate(name)["errors"] if code in CHECKS]
    assert not faults


def test_numpydoc_finds_a_fault():
    faults = {code for code, _ in validate("sobolev_ref._checks.as_choice")["errors"]}
    assert {"SA01"} <= faults
