"""The Sphinx extension of this site: everything in this folder, put together."""

from docstrings import mark_formulas, skip_what_is_imported
from formulas import Formulas, formula_role
from gallery import replace_downloads, stage
from links import FormulasKeepTheirPunctuation, NamesAreLinks
from markdown_pages import Markdown, MarkdownParser
from package_page import PackageDocstring, PublicNames, TestListing, equation_tags
from reference import write_pages


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_source_suffix(".md", "markdown")
    app.add_source_parser(MarkdownParser)
    app.add_role("formula", formula_role)
    app.add_directive("formulas", Formulas)
    app.add_directive("markdown", Markdown)
    app.add_directive("package-docstring", PackageDocstring)
    app.add_directive("public-names", PublicNames)
    app.add_directive("test-listing", TestListing)
    app.add_post_transform(FormulasKeepTheirPunctuation)
    app.add_post_transform(NamesAreLinks)
    app.connect("builder-inited", stage, priority=50)
    app.connect("builder-inited", write_pages, priority=100)
    app.connect("builder-inited", lambda app: setattr(app.env, "equation_tags", equation_tags()))
    app.connect("autodoc-process-docstring", mark_formulas, priority=100)
    app.connect("autodoc-skip-member", skip_what_is_imported)
    app.connect("build-finished", replace_downloads)
    return {"parallel_read_safe": False}
