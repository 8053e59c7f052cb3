"""How Sphinx builds the site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`."""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS / "_ext"), str(DOCS.parent)]

from gallery import SavedFigures, folders  # noqa: E402

import sobolev_ref  # noqa: E402

project = "sobolev_ref"
author = "the authors of sobolev_ref"
copyright = "BSD-3-Clause"
version = release = sobolev_ref.__version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax and its fonts, from an installed package
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "site_of_the_project",
]
exclude_patterns = ["_build", "_ext", "_static", "tests"]
default_role = "literal"
suppress_warnings = ["sphinx_gallery.duplicate_filename"]  # answers bear their tutorials' names
smartquotes = False

# -- mathematics: no menu and no speech engine, which would load more files ------------------------
mathjax3_config = {"options": {"enableMenu": False, "ignoreHtmlClass": "no-mathjax"}}

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

# -- the tutorials ---------------------------------------------------------------------------------
sphinx_gallery_conf = {
    "examples_dirs": [f"_build/gallery/{folder}" for folder in folders()],
    "gallery_dirs": list(folders()),
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
    "image_scrapers": (SavedFigures(),),
    "capture_repr": (),
    "download_all_examples": False,
    "write_computation_times": False,
    "show_signature": False,
    "abort_on_example_error": True,
    "doc_module": ("sobolev_ref",),
    "prefer_full_module": {r"sobolev_ref\..*"},
    "backreferences_dir": None,
    "default_thumb_file": None,
}

# -- the look --------------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "sobolev_ref"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"*": []}  # pages of the top level have no others beside them
html_theme_options = {
    "header_links_before_dropdown": 8,
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
