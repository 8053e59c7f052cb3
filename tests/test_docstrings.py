"""Every public object says what it is: a sentence, arguments, result, neighbours, an example that runs.

The examples themselves run as doctests (`--doctest-modules`).
"""

import inspect
import re

import pytest

import sobolev_ref

SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", flags=re.M)
PUBLIC = {
    name: found
    for name, found in inspect.getmembers(sobolev_ref)
    if not name.startswith("_") and (inspect.isclass(found) or inspect.isfunction(found))
}
METHODS = {
    f"{name}.{method}": found
    for name, owner in PUBLIC.items()
    if inspect.isclass(owner)
    for method, found in inspect.getmembers(owner)
    if not method.startswith("_")
    and (inspect.isfunction(found) or inspect.ismethod(found))
    and found.__module__.startswith("sobolev_ref")
}


def sections(found):
    parts = SECTION.split(inspect.getdoc(found) or "")
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def arguments(found):
    return [
        name
        for name, p in inspect.signature(found).parameters.items()
        if name != "self" and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]


def test_there_is_something_to_check():
    assert len(PUBLIC) > 25 and len(METHODS) > 20


@pytest.mark.parametrize("name", [*PUBLIC, *METHODS])
def test_a_sentence_first(name):
    text = inspect.getdoc({**PUBLIC, **METHODS}[name]) or ""
    summary, _, rest = text.partition("\n")
    assert summary.strip() and summary.rstrip().endswith((".", ":", ")")), summary
    assert not rest or rest.startswith("\n"), "the summary is one line, and a blank line follows it"


@pytest.mark.parametrize("name", [*PUBLIC, *METHODS])
def test_a_signature_is_short(name):
    """`sr.fit?` shows ArrayLike, and not the union that it stands for."""
    shown = str(inspect.signature({**PUBLIC, **METHODS}[name]))
    assert not re.search(r"numpy\._|collections\.abc|typing\.", shown), shown


def described(found):
    """The arguments that a docstring describes, and whether it says what is returned."""
    parts = sections(found)
    text = parts.get("Parameters", "") + "\n" + parts.get("Attributes", "")
    heads = re.findall(r"^([\w, ]+?)(?: :|$)", text, flags=re.M)
    names = {name.strip() for head in heads for name in head.split(",")}
    returns = "Returns" in parts
    same = re.search(r"Parameters.* as `(\w+)`(.*)", parts[""])
    if same:  # "as `gauss_legendre`", and what is different here
        others, returned = described(getattr(sobolev_ref, same[1]))
        names |= others | set(re.findall(r"\w+", same[2]))
        returns = returns or returned
    return names, returns


@pytest.mark.parametrize("name", PUBLIC)
def test_arguments_result_neighbours_and_an_example(name):
    found = PUBLIC[name]
    names, returns = described(found)
    missing = [argument for argument in arguments(found) if argument not in names]
    assert not missing, f"not described: {missing}"
    nothing = inspect.isclass(found) or inspect.signature(found).return_annotation in (None, "None")
    assert returns or nothing, "what does it return?"
    assert ">>> " in sections(found).get("Examples", ""), "no example"
    assert " : " in sections(found).get("See Also", ""), "no neighbour"


def test_the_check_sees_what_is_missing():
    def silent(x):
        """Does something with x.

        Parameters
        ----------
        y : float
        """

    assert arguments(silent) == ["x"]
    assert described(silent) == ({"y"}, False)
