"""How often a page says a word: by this `docs/_static/search.js` orders what a search finds."""

import json
import math
import re
from collections import Counter

from sphinx.search.en import SearchEnglish

STEM = SearchEnglish({}).stem


def count(app, doctree) -> None:
    """The words of a page, by the stems that the search's index has."""
    words = re.findall(r"[^\W\d_]{2,}", doctree.astext())
    app.env.metadata[app.env.docname]["words"] = Counter(map(STEM, words))


def add_weights(app, page: str, template: str, context: dict, doctree: object) -> None:
    """On the search's page what each word weighs on each page to read, by the formula that is called BM25."""
    if page != "search":
        return
    counts = {
        name: data["words"]
        for name, data in app.env.metadata.items()
        if not re.match("docs/(api|listings)/", name)
    }
    pages_with = Counter(word for words in counts.values() for word in words)
    mean = sum(words.total() for words in counts.values()) / len(counts)
    weights = {}
    for name, words in counts.items():
        long = 0.4 + 1.1 * words.total() / mean
        weights[name] = {
            word: round(50 * math.log(1 + len(counts) / pages_with[word]) * n / (n + long))
            for word, n in words.items()
            if n > 1
        }
    app.add_js_file(None, body=f"const WEIGHTS = {json.dumps(weights, separators=(',', ':'))};")


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("doctree-read", count)
    app.connect("html-page-context", add_weights)
    return {"parallel_read_safe": True}
