"""Figures of pages are drawn anew for the site, as SVG, by what draws the PNGs that GitHub shows.

Those of tutorials come from their cells (`notebooks`); here are all others, drawn by `tests/pictures.py`
before the pages are read. A picture of which there is no drawing, such as a small one that leads to a
tutorial, stays as it is.
"""

import posixpath
import subprocess
import sys

from docutils import nodes
from site_pages import ROOT
from sphinx.transforms import SphinxTransform

DRAWN = ROOT / "docs" / "_build" / "drawings"
STAMP = DRAWN / "all"  # is as old as the drawings
GROUPS = ("point", "diagrams", "claims", "lab", "data", "scaling")
SOURCES = ("sobolev_ref/**/*.py", "benchmarks/**/*.py", "benchmarks/results/*/*.csv", "docs/*.csv")


def draw(app) -> None:
    """Draw all figures, if what they are drawn from is newer than they are."""
    sources = [path for pattern in SOURCES for path in ROOT.glob(pattern)]
    sources += [ROOT / "tests" / "pictures.py", ROOT / "tutorials" / "diagrams.py"]
    made = STAMP.stat().st_mtime if STAMP.exists() else 0.0
    if made <= max(path.stat().st_mtime for path in sources):
        command = [sys.executable, str(ROOT / "tests" / "pictures.py"), "--svg", str(DRAWN)]
        subprocess.run([*command, *GROUPS], check=True, stdout=subprocess.DEVNULL)
        STAMP.touch()


class Drawings(SphinxTransform):
    """A picture leads to its drawing."""

    default_priority = 300

    def apply(self, **kwargs: object) -> None:
        """Replaces the addresses of a page's pictures."""
        folder = posixpath.dirname(self.env.docname)
        for image in self.document.findall(nodes.image):
            place = DRAWN / posixpath.normpath(posixpath.join(folder, image["uri"]))
            if place.suffix == ".png" and place.with_suffix(".svg").exists():
                image["uri"] = f"/{place.with_suffix('.svg').relative_to(ROOT).as_posix()}"


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_transform(Drawings)
    app.connect("builder-inited", draw)
    return {"parallel_read_safe": True}
