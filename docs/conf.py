"""How Sphinx builds the site: `python -m sphinx -W --keep-going -b html -c docs . docs/_build/html`.

The root of the project is the root of the site, so that a link from file to file is a link from page to page.
"""

import inspect
import os
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS / "_ext"), str(ROOT)]
KERNEL = DOCS / "_build" / "ipython" / "profile_default" / "ipython_kernel_config.py"
KERNEL.parent.mkdir(parents=True, exist_ok=True)
KERNEL.write_text(  # no word about its own transport, and of a cell only what it prints or displays
    "c.IPKernelApp.log_level = 'ERROR'\nc.InteractiveShell.ast_node_interactivity = 'none'\n"
)
os.environ |= {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(KERNEL.parents[1])}  # for the tutorials

import sobolev_ref  # noqa: E402

project = "sobolev_ref"
author = "the sobolev_ref developers"
copyright = "2026, the sobolev_ref developers; BSD-3-Clause"
version = release = sobolev_ref.__version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax and its fonts, from an installed package
    "numpydoc",
    "myst_nb",  # Markdown, and the tutorials, which are run
    "site_pages",
    "formulas",
    "notebooks",
    "drawings",
    "run_pages",
    "page_words",
    "sphinx_copybutton",
]
root_doc = "README"
include_patterns = [
    "*.md", "docs/*.md", "docs/*.rst", "docs/api/*.rst", "docs/listings/*", "benchmarks/results/*.md",
    "tutorials/README.md", "tutorials/[0-9]*.py", "tutorials/answers/[0-9]*.py", "tutorials/course/[0-9]*.py",
]  # fmt: skip
exclude_patterns = ["docs/_build"]
templates_path = [str(DOCS / "_templates")]
default_role = "any"  # a name in single backticks is a link
suppress_warnings = ["ref.any"]  # where it is no name of this project's, there is no link
highlight_language = "text"
copybutton_prompt_text = r">>> |\.\.\. |\$ "  # are not copied, and neither is what was printed
copybutton_prompt_is_regexp = True
smartquotes = False

# -- mathematics: no menu and no speech engine, which would load more files ------------------------
mathjax3_config = {"options": {"enableMenu": False, "ignoreHtmlClass": "no-mathjax"}}

# -- Markdown and the tutorials --------------------------------------------------------------------
myst_heading_anchors = 3
myst_disable_syntax = ["myst_line_comment", "myst_block_break", "myst_target", "myst_role"]
nb_custom_formats = {".py": ["notebooks.read", {}]}
nb_execution_mode = "force"  # whenever the page is read again
nb_execution_excludepatterns = ["tutorials/course/*"]  # nothing is written there yet
nb_execution_in_temp = True  # figures go there
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_output_stderr = "remove"  # lines of progress, each of which a page would keep
nb_merge_streams = True


# -- the reference ---------------------------------------------------------------------------------
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "special-members": "__call__",
}
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
add_module_names = False
toc_object_entries_show_parents = "hide"

# -- the look --------------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "sobolev_ref"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_search_scorer = str(DOCS / "_static" / "search.js")
html_favicon = "_static/icon.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
# No other pages stand beside these.
html_sidebars = {
    "*": [],
    "docs/autodiff": [],
    "docs/[b-qs-z]*": [],
    "benchmarks/results/*": [],
}
html_theme_options = {
    "header_links_before_dropdown": 4,  # and "More"
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def modules(folder):
    """The modules of a folder, in the order in which its docstring names them, then the others."""
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return sorted(names, key=lambda name: (f"`{name}`" not in text, text.find(f"`{name}`")))


def public_names():
    """What `import sobolev_ref` gives, each by the module that defines it."""
    found = {n: getattr(sobolev_ref, n) for n in sobolev_ref.__all__}
    found = {n: v for n, v in found.items() if not inspect.ismodule(v)}
    names = {n: f"{getattr(v, '__module__', 'sobolev_ref')}.{n}" for n, v in found.items()}
    return [names[n].removeprefix("sobolev_ref.") for n in sorted(names, key=str.lower)]


autosummary_context = {  # for docs/_templates/autosummary/module.rst
    "public_names": public_names(),
    "modules_of": {
        f"sobolev_ref.{p.name}": modules(p) for p in (ROOT / "sobolev_ref").glob("[a-z]*/")
    },
}

TUTORIALS = sorted((ROOT / "tutorials").glob("[0-9]*.py"))
CONTENTS = {
    "README": """
tutorials/README
docs/lab
docs/reference
Claims <docs/claims>
Equations <docs/equations>
Errata <docs/errata>
Benchmarks <benchmarks/results/benchmarks>
docs/autodiff
docs/[b-z]*
CONTRIBUTING
CHANGELOG
docs/listings/index
""",
    "tutorials/README": "\n".join(f"{p.stem}\nanswers/{p.stem}" for p in TUTORIALS),
    "docs/course": "/tutorials/course/[0-9]*",
}

DOORS = {  # what stands beside each row of the front page's first table
    "learn": "tutorial_00_curves",
    "teach": "lab",
    "fit data": "tutorial_13_rastrigin",
    "do research": "claims_1_verdicts",
    "test a framework": "tutorial_05_check_derivatives",
}


def gallery():
    """A picture of each tutorial, which leads to it."""
    for path in TUTORIALS:
        title = path.read_text(encoding="utf-8").splitlines()[1].removeprefix("# # ")
        figure = min((ROOT / "figures").glob(f"tutorial_{path.stem.split('_')[0]}_*.png"))
        yield f"[![](../figures/{figure.name}) {title}]({path.name})"


def add_contents(app, docname, source):
    """The list of pages under README and tutorials/README, which themselves name no tool."""
    if docname == "tutorials/README":
        pictures = "```{container} gallery\n" + "\n\n".join(gallery()) + "\n```\n\n"
        source[0] = source[0].replace("| tutorial |", f"{pictures}| tutorial |", 1)
    if docname == "README":
        for row, figure in DOORS.items():
            source[0] = source[0].replace(f"| {row} |", f"| ![](figures/{figure}.png) {row} |", 1)
    if docname in CONTENTS:
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n:glob:\n\n{CONTENTS[docname]}\n```\n"


def copy_front_page(app, exception):
    """A site begins at index.html."""
    if not exception and app.builder.format == "html":
        shutil.copy(Path(app.outdir, "README.html"), Path(app.outdir, "index.html"))


def skip_what_is_imported(app, what, name, obj, skip, options):
    """SciPy's functions that do not say where they are from; of others Sphinx knows."""
    foreign = not str(getattr(obj, "__module__", "sobolev_ref")).startswith("sobolev_ref")
    return True if foreign and callable(obj) else None


def setup(app):
    """What Sphinx calls."""
    app.connect("source-read", add_contents)
    app.connect("build-finished", copy_front_page)
    app.connect("autodoc-skip-member", skip_what_is_imported)
