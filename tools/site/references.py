"""Where the references of docstrings and signatures lead: to the public name of what they mean.

A signature names a class by the module that it lives in; its page is that of the name in `dm3`. What is
somebody else's, or internal, is shown without a link. A reference that a docstring makes must lead somewhere.
"""

from __future__ import annotations

import builtins
import importlib
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tests.kit.public_face import FACE

NOWHERE = object()


def thing_at(path: str) -> Any:
    """What a dotted path leads to, by importing; `NOWHERE` if to nothing."""
    module, _, name = path.rpartition(".")
    if not module:
        return getattr(builtins, name, NOWHERE)
    try:
        return getattr(importlib.import_module(module), name, NOWHERE)
    except ImportError:
        inside = thing_at(module)
        return NOWHERE if inside is NOWHERE else getattr(inside, name, NOWHERE)


def lead(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | nodes.TextElement | None:
    """Resolve what Sphinx could not. None: it leads nowhere, and the build fails."""
    if node.get("refdomain") != "py" or node.get("reftype") == "obj":
        return None
    target = node["reftarget"]
    meant = thing_at(target)
    for name, thing in FACE.items():
        if thing is meant:
            domain = env.domains.python_domain
            return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", f"dm3.{name}", node, content)
    return content if meant is not NOWHERE or "." not in target else None


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("missing-reference", lead)
    app.add_lexer("mermaid", TextLexer)  # diagrams stay texts, which can be read
    return {"parallel_read_safe": True, "parallel_write_safe": True}
