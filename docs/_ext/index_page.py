"""The README as an index of packages shows it, where a path leads nowhere: `python docs/_ext/index_page.py`.

With a `url` in the metadata of setup.cfg each path becomes an address under it. Without one a link is its
words, and a picture the sentence that says what is on it. setup.cfg takes what is written here.
"""

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "index_page.txt"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")


def index_page(readme: str, url: str | None) -> str:
    """The text with addresses under this URL for its paths, or with none."""

    def changed(link: re.Match[str]) -> str:
        picture, words, path = link.groups()
        if re.match(r"[a-z]+:", path):
            return link[0]
        if url is None:
            return f"*{words}.*" if picture else words
        if path.startswith("#"):
            return f"[{words}]({url.rstrip('/')}{path})"
        return f"{picture}[{words}]({url.rstrip('/')}/{'raw' if picture else 'blob'}/HEAD/{path})"

    return LINK.sub(changed, readme)


def written() -> str:
    """What `PAGE` is to hold."""
    metadata = ConfigParser()
    metadata.read(ROOT / "setup.cfg", encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return index_page(readme, metadata["metadata"].get("url"))


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
