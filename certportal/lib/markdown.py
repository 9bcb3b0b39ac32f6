"""What an author wrote in Markdown, as HTML that is safe to show to anybody.

The order matters: Markdown first (raw HTML stays text), sanitiser last. Nothing is added to the
page after nh3 has looked at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

_INLINE_TAGS = {"a", "br", "code", "em", "s", "span", "strong", "sub", "sup"}
_BLOCK_TAGS = _INLINE_TAGS | {
    "blockquote", "div", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"tabindex"},
    "img": {"alt", "src", "title"},
    "ol": {"start"},
    "pre": {"tabindex"},
}
_CLASSES = {
    "div": {"scroll"},
    "pre": {"codeblock"},
    "span": set(STANDARD_TYPES.values()) - {""},
    "table": {"table"},
    "td": {"num", "mid"},
    "th": {"num", "mid"},
}
_URL_SCHEMES = {"http", "https", "mailto"}
# A path on this host and nothing that a browser could read as another host.
_OWN_PATH = re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9._~/%-]*")
_ALIGNMENTS = {"text-align:right": "num", "text-align:center": "mid"}
# Author headings start below the headings of the page around them.
_HEADING_SHIFT = 2
_DEEPEST_HEADING = 6
_LONGEST_HIGHLIGHTED = 20_000


@lru_cache(maxsize=4096)
def render(text: str) -> SafeString:
    """Blocks: paragraphs, lists, tables, code, images from this host."""
    return _clean(_markdown.render(text), tags=_BLOCK_TAGS)


@lru_cache(maxsize=4096)
def render_inline(text: str) -> SafeString:
    """A run of text without any block, for option rows and headings."""
    return _clean(_markdown.renderInline(text), tags=_INLINE_TAGS)


def _clean(html: str, *, tags: set[str]) -> SafeString:
    return SafeString(
        nh3.clean(
            html,
            tags=tags,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            url_schemes=_URL_SCHEMES,
            link_rel="noopener noreferrer",
            attribute_filter=_keep_own_images,
        ).strip()
    )


def _keep_own_images(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("img", "src") and not _OWN_PATH.fullmatch(value):
        return None
    return value


def _highlighted(code: str, language: str, _attributes: str = "") -> str:
    body = _coloured(code, language) or escape(code)
    # Focusable, because a keyboard must be able to scroll a long line.
    return f'<pre class="codeblock" tabindex="0"><code>{body}</code></pre>\n'


def _coloured(code: str, language: str) -> str:
    if not language or len(code) > _LONGEST_HIGHLIGHTED:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return coloured


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Any
) -> str:
    token = tokens[index]
    if not _OWN_PATH.fullmatch(str(token.attrGet("src") or "")):
        # An image elsewhere would tell that host who reads this; its description is left.
        return escape(token.content)
    return renderer.image(tokens, index, options, env)


def _indented_code(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any
) -> str:
    return _highlighted(tokens[index].content, "")


def _fixed(html: str) -> Callable[..., str]:
    return lambda *_arguments: html


def _adapt(state: Any) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = min(int(token.tag[1]) + _HEADING_SHIFT, _DEEPEST_HEADING)
            token.tag = f"h{level}"
        elif token.type in {"th_open", "td_open"}:
            alignment = _ALIGNMENTS.get(str(token.attrs.pop("style", "")))
            if alignment:
                token.attrSet("class", alignment)


def _build() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted})
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.push("portal", _adapt)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("code_block", _indented_code)
    parser.add_render_rule(
        "table_open", _fixed('<div class="scroll" tabindex="0"><table class="table">\n')
    )
    parser.add_render_rule("table_close", _fixed("</table></div>\n"))
    return parser


_markdown = _build()
