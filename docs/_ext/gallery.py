"""Tutorials in `# %%` cells of Markdown, as the scripts that Sphinx-Gallery takes, and as notebooks.

A tutorial is kept once, in `tutorials/`. Before Sphinx-Gallery runs, each is copied to the build's
folder with its Markdown cells under `markdown` directives, which `markdown_pages` reads; the code stays
as it is. What a reader downloads is the file itself, and a notebook made of its cells.
"""

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from markdown_pages import ROOT
from sphinx_gallery.scrapers import figure_rst
from unicode_blocks import cell_pieces, split_block
from unicode_letters import NotMathematics
from unicode_math import to_tex
from unicode_prose import split_prose

FOLDERS = {
    "tutorials": "tutorials",
    "answers": "tutorials/answers",
}  # the page's folder, the project's


def folders() -> dict[str, str]:
    """Those of the folders that hold scripts."""
    return {f: o for f, o in FOLDERS.items() if any((ROOT / o).glob("[0-9][0-9]_*.py"))}


@dataclass(frozen=True)
class Cell:
    """A cell of a tutorial: Markdown or code."""

    markdown: bool
    text: str


def cells(source: str) -> list[Cell]:
    """The `# %%` cells of a script, in order; what stands above the first is code."""
    found: list[Cell] = []
    parts = re.split(r"^# ?%%(.*)\n", "# %%\n" + source, flags=re.M)
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        if "[markdown]" in head:
            body = "\n".join(re.sub(r"^# ?", "", line) for line in body.splitlines())
        if body.strip():
            found.append(Cell("[markdown]" in head, body.strip("\n")))
    return found


# -- the scripts -----------------------------------------------------------------------------------


def gallery_script(path: Path, file: Path) -> str:
    """A tutorial in Sphinx-Gallery's format; `file` is what `__file__` says when it runs."""
    found = cells(path.read_text(encoding="utf-8"))
    opening = found[0].text if found and found[0].markdown else ""
    heading = re.match(r"# (.+)\n?", opening)
    title = heading[1] if heading else path.stem
    first = found[1:] if opening else found
    name = path.relative_to(ROOT).as_posix()
    start = opening[heading.end() :] if heading else opening
    out = ['r"""', _escaped(title), "=" * (2 * len(title)), "", *_text(start, name), '"""', ""]
    hidden = [
        "# sphinx_gallery_start_ignore",
        f"__file__ = {str(file)!r}",
        "# sphinx_gallery_end_ignore",
    ]
    for cell in first:
        if cell.markdown:
            out += ["# %%", *[f"# {line}".rstrip() for line in _text(cell.text, name)], ""]
        else:
            out += ["# %%", "", *hidden, cell.text, ""]
            hidden = []
    return "\n".join(out)


def _text(markdown: str, source: str) -> list[str]:
    """Markdown in reStructuredText: headings as titles, what stands between them in directives."""
    if '"""' in markdown:
        raise ValueError(f"{source}: three quotes in a Markdown cell")
    out: list[str] = []
    for part in re.split(r"^(##+ .+)$", markdown, flags=re.M):
        heading = re.match(r"(##+) (.+)", part)
        if heading:
            line = "=-^\"'"[len(heading[1]) - 1]
            out += [_escaped(heading[2]), line * (2 * len(heading[2])), ""]
        elif part.strip():
            lines = part.strip("\n").splitlines()
            out += [".. markdown::", f"   :source: {source}", ""]
            out += [f"   {line}".rstrip() for line in lines] + [""]
    return out


def _escaped(heading: str) -> str:
    """A heading whose bars, as in |x|, are not read as a substitution."""
    return heading.replace("|", r"\|")


def stage(app) -> None:
    """Made anew in `docs/_build`: the scripts for Sphinx-Gallery, and the files they say they are.

    `gallery/` holds what Sphinx-Gallery reads, `checkout/` a copy of each tutorial at its own place,
    so that `__file__` is a file and the figures go to `checkout/figures/`.
    """
    build = Path(app.srcdir) / "_build"
    gallery, checkout = build / "gallery", build / "checkout"
    for old in (gallery, checkout):
        shutil.rmtree(old, ignore_errors=True)
    for folder, original in folders().items():
        shutil.copytree(ROOT / original, checkout / original, dirs_exist_ok=True)
        (gallery / folder).mkdir(parents=True)
        scripts = sorted((ROOT / original).glob("[0-9][0-9]_*.py"))
        for script in scripts:
            text = gallery_script(script, checkout / original / script.name)
            (gallery / folder / script.name).write_text(text, encoding="utf-8")
        (gallery / folder / "GALLERY_HEADER.rst").write_text(header(folder), encoding="utf-8")
        for made in (Path(app.srcdir) / folder).glob("[0-9][0-9]_*"):
            if made.name.split(".")[0] not in {s.stem for s in scripts}:
                made.unlink()  # of a tutorial that has gone


def header(folder: str) -> str:
    """The text above the list of a folder's pages."""
    if folder == "answers":
        return "Answers\n=======\n\nWorked answers to the tutorials' exercises.\n\n"
    text = (ROOT / "tutorials" / "README.md").read_text(encoding="utf-8")
    heading, _, rest = text.partition("\n")
    name = heading.removeprefix("# ")
    answers = "\n.. toctree::\n   :hidden:\n\n   /answers/index\n" if "answers" in folders() else ""
    body = "\n".join(_text(rest, "tutorials/README.md"))
    return f"{name}\n{'=' * len(name)}\n\n{body}\n{answers}\n"


# -- the figures -----------------------------------------------------------------------------------


class SavedFigures:
    """Sphinx-Gallery's image scraper: the PNG files that a block saved in `checkout/`."""

    def __init__(self) -> None:
        self.seen: dict[Path, int] = {}

    def __repr__(self) -> str:
        return "SavedFigures"

    def __call__(self, block, block_vars, gallery_conf) -> str:
        source = Path(block_vars["src_file"])
        base = next(p for p in source.parents if p.name == "gallery").parent / "checkout"
        kept = []
        for path in sorted(base.rglob("*.png"), key=lambda p: p.stat().st_mtime_ns):
            changed = path.stat().st_mtime_ns
            if not path.name.startswith(".") and self.seen.get(path) != changed:
                self.seen[path] = changed
                image = block_vars["image_path_iterator"].next()
                shutil.copy(path, image)
                kept.append((image, path.stem.replace("_", " ")))
        return "".join(figure_rst([image], gallery_conf["src_dir"], name) for image, name in kept)


# -- the downloads ---------------------------------------------------------------------------------


def notebook(source: str) -> dict:
    """A tutorial's cells as a Jupyter notebook, its formulas in TeX and its figures shown."""
    made = []
    for i, cell in enumerate(cells(source)):
        text = notebook_markdown(cell.text) if cell.markdown else notebook_code(cell.text)
        lines = text.splitlines(keepends=True)
        kind: dict = {"cell_type": "markdown"} if cell.markdown else {
            "cell_type": "code", "execution_count": None, "outputs": []
        }  # fmt: skip
        made.append({**kind, "id": f"cell-{i}", "metadata": {}, "source": lines})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def notebook_code(code: str) -> str:
    """The same code, and the picture shown after it that it saves to a file."""
    saved = 0

    def named(match: re.Match[str]) -> str:
        nonlocal saved
        saved += 1
        return f"picture_{saved} = save_figure("

    code = re.sub(r"^save_figure\(", named, code, flags=re.M)
    if saved:
        names = ", ".join(f"Image(picture_{i + 1})" for i in range(saved))
        code += f"\n\nfrom IPython.display import Image, display\n\ndisplay({names})"
    return code


def notebook_markdown(text: str) -> str:
    """Markdown with its Unicode formulas as TeX between dollars."""
    out = []
    for paragraph in re.split(r"(\n\s*\n)", text):
        if not paragraph.strip():
            out.append(paragraph)
        elif paragraph.startswith("    "):
            out.append(_notebook_block(paragraph))
        else:
            out.append(_notebook_prose(paragraph))
    return "".join(out)


def _notebook_block(text: str) -> str:
    try:
        rows = [(row, [cell_pieces(c) for c in row.cells]) for row in split_block(text)]
    except NotMathematics:
        return text
    if not any(kind == "math" for _, row in rows for cell in row for kind, _ in cell):
        return text
    columns = max(len(row) for _, row in rows)
    lines = []
    for row, parts in rows:
        made = [
            "".join(t if kind == "math" else rf"\text{{{t}}}" for kind, t in cell) for cell in parts
        ]
        made += [""] * (columns - len(made))
        tags = "".join(rf"\quad \text{{({t})}}" for t in (*row.first, *row.last))
        lines.append(" & ".join([*made, tags]))
    body = " \\\\\n".join(lines)
    return f"$$\n\\begin{{array}}{{{'l' * (columns + 1)}}}\n{body}\n\\end{{array}}\n$$"


def _notebook_prose(text: str) -> str:
    out = ""
    for part in re.split(r"(`[^`]*`|\]\([^)]*\)|^#+ .*$)", text, flags=re.M):
        if part.startswith(("`", "](", "#")):
            out += part
            continue
        for is_formula, piece in split_prose(part):
            out += f"${to_tex(piece)}$" if is_formula else piece
    return out


def replace_downloads(app, exception) -> None:
    """The downloads as they should be: the project's file, its notebook, and both in one archive."""
    if exception or app.builder.format != "html":
        return
    for original in folders().values():
        for script in (ROOT / original).glob("[0-9][0-9]_*.py"):
            source = script.read_text(encoding="utf-8")
            files = {
                script.name: source,
                f"{script.stem}.ipynb": json.dumps(notebook(source), ensure_ascii=False, indent=1)
                + "\n",
            }
            for path in (Path(app.outdir) / "_downloads").rglob(f"{script.stem}.*"):
                if path.name in files and not _same_folder(app, path, original):
                    continue
                if path.name in files:
                    path.write_text(files[path.name], encoding="utf-8")
                elif path.suffix == ".zip":
                    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                        for name, text in files.items():
                            archive.writestr(name, text)


def _same_folder(app, path: Path, original: str) -> bool:
    """Whether a download came from this folder; answers bear their tutorials' names."""
    origin = {str(dest): src for src, (_, dest) in app.env.dlfiles.items()}
    source = origin.get(path.relative_to(Path(app.outdir) / "_downloads").as_posix(), "")
    page = next(p for p, o in folders().items() if o == original)
    return f"{page}/" in Path(source).as_posix() or original in Path(source).as_posix()
