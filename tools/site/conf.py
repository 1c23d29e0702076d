"""The settings of Sphinx for `make site`. Nothing that the pages need is loaded from elsewhere."""

from dm3.base.version import __version__

project = "dm3 Linked Profiles"
version = release = __version__
author = ""
copyright = ""

extensions = ["myst_parser", "sphinx.ext.autodoc", "tools.site.references"]
nitpicky = True
default_role = "py:obj"  # `Name` in a docstring is a reference, ``text`` is what it says
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a generated part may begin a level deeper

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
add_module_names = False

html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
