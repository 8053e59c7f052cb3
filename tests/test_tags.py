"""The tag of an equation leads from the table to the docstring, the one line of code and the test, and back.

The table stands in the docstring of the package. A tag ends the line where its arithmetic is done: once in
the package, and in `plain` once more.
"""

import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, PLAIN = ROOT / "sobolev_ref", ROOT / "sobolev_ref" / "plain.py"
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]
TAG = re.compile(r"\(([A-Z]\d'?)\)")
TABLE = {
    TAG.match(row.strip())[1]: row
    for row in ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))).split(
        "\n"
    )
    if TAG.match(row.strip())
}
DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef)


def docstrings(tree):
    """(first line, last line, docstring) of a module and of every class and function in it."""
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS):
            text = ast.get_docstring(node) or ""
            yield getattr(node, "lineno", 0), getattr(node, "end_lineno", 10**6), text


def lines_of_code():
    """From tag to the lines that end in it and to the docstrings around such a line; and all docstrings."""
    ends, around, everywhere = defaultdict(list), defaultdict(list), []
    for path in SOURCES:
        source = path.read_text("utf-8")
        found = list(docstrings(ast.parse(source)))
        everywhere += [text for _, _, text in found]
        in_comments = re.search("#.*" + TAG.pattern, source)  # most files need no tokens
        for token in tokenize.generate_tokens(io.StringIO(source).readline) if in_comments else ():
            for tag in TAG.findall(token.string) if token.type == tokenize.COMMENT else ():
                n = token.start[0]
                where = f"{path.relative_to(PACKAGE)}:{n}"
                assert token.line[: token.start[1]].strip(), f"{where}: ({tag}) beside no code"
                ends[tag].append((path, where))
                around[tag].append("\n".join(text for a, b, text in found if a <= n <= b))
    return ends, around, everywhere


ENDS, AROUND, DOCSTRINGS = lines_of_code()
IN_DOCSTRINGS = {tag for text in DOCSTRINGS for tag in TAG.findall(text)}


def tags_of(*patterns):
    paths = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return {tag for path in paths for tag in TAG.findall(path.read_text("utf-8"))}


IN_TESTS = tags_of("tests/**/test_*.py")
IN_PROSE = tags_of("*.md", "docs/*.md", "tutorials/**/*.md", "tutorials/**/*.py")


def test_there_are_tags():
    assert len(TABLE) > 30 and len(ENDS) > 30 and len(IN_TESTS) > 30


def test_a_tag_of_the_table_ends_one_line_of_code():
    for tag in TABLE:
        lines = [where for path, where in ENDS[tag] if path != PLAIN]
        assert len(lines) == 1, f"({tag}) ends {lines}"
        assert sum(path == PLAIN for path, _ in ENDS[tag]) <= 1, tag


def test_a_tag_of_the_table_stands_in_the_docstring_of_its_line_and_in_a_test():
    for tag in TABLE:
        for (_, where), text in zip(ENDS[tag], AROUND[tag]):
            assert f"({tag})" in text, f"({tag}) is in no docstring around {where}"
    assert set(TABLE) <= IN_DOCSTRINGS and set(TABLE) <= IN_TESTS


def test_a_tag_found_anywhere_stands_in_the_table():
    assert {*ENDS, *IN_DOCSTRINGS, *IN_TESTS, *IN_PROSE} <= set(TABLE)
