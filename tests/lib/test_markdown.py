"""Author text: what Markdown may become, and what it never becomes."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.lib.markdown import render, render_inline

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '![x" onerror="alert(1)](/static/img/a.png)',
    '```python" onclick="alert(1)\nx\n```',
    "```<script>\nalert(1)\n```",
    "<math><mtext></p><style><img src onerror=alert(1)></style>",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    "`<script>alert(1)</script>`",
    "<!-- --><script>alert(1)</script>",
    '<p style="position:fixed">x</p>',
]


def live_markup(html: str) -> list[str]:
    """What a browser would run or load: found by a parser, not by searching the text."""
    found: list[str] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag in {"script", "style", "iframe", "svg", "math", "object", "form", "input"}:
                found.append(tag)
            for name, value in attrs:
                if name.startswith("on") or name == "style":
                    found.append(name)
                scheme = (value or "").strip().lower().partition(":")[0]
                if name in {"href", "src"} and scheme in {"javascript", "data", "vbscript"}:
                    found.append(f"{name}={value}")

    Finder().feed(html)
    return found


def test_the_finder_finds_what_is_live():
    assert live_markup('<script>1</script><a onclick="x" href="javascript:1">') == [
        "script",
        "onclick",
        "href=javascript:1",
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("rendered", [render, render_inline])
def test_active_payloads_come_out_inert(payload, rendered):
    assert live_markup(rendered(payload)) == []


@given(st.text(alphabet="<>[]()!`*_|#\"'=:/ \n\tabcjsxon", max_size=80))
def test_no_text_becomes_live_markup(text):
    assert live_markup(render(text)) == []
    assert live_markup(render_inline(text)) == []


def test_markdown_runs_before_the_sanitiser_so_its_own_markup_stays():
    html = render("**bold** `code` [docs](https://docs.example/a?b=1&c=2)\n\n- one\n- two")

    assert "<strong>bold</strong> <code>code</code>" in html
    assert '<a href="https://docs.example/a?b=1&amp;c=2" rel="noopener noreferrer">docs</a>' in html
    assert "<li>one</li>" in html


def test_raw_html_stays_readable_as_text():
    assert render("Use <b> for bold") == "<p>Use &lt;b&gt; for bold</p>"


def test_known_languages_are_coloured_with_classes_only():
    html = render('```python\ndef f(): return "x"\n```')

    assert '<span class="k">def</span>' in html
    assert "style=" not in html


def test_unknown_languages_and_indented_code_are_shown_plain():
    assert render("```nosuch\na < b\n```") == (
        '<pre class="codeblock" tabindex="0"><code>a &lt; b\n</code></pre>'
    )
    assert render("    a < b") == (
        '<pre class="codeblock" tabindex="0"><code>a &lt; b\n</code></pre>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/a.png",
        "http://elsewhere.example/a.png",
        "//elsewhere.example/a.png",
        "/\\elsewhere.example/a.png",
        "elsewhere.png",
        "/%0a/x y",
    ],
)
def test_images_elsewhere_become_their_description(address):
    html = render(f"See ![the diagram]({address})")

    assert "<img" not in html
    assert "the diagram" in html


def test_images_of_this_host_are_shown():
    assert render("![a subnet](/static/img/subnet.png)") == (
        '<p><img src="/static/img/subnet.png" alt="a subnet"></p>'
    )


def test_author_headings_start_below_those_of_the_page():
    assert render("# Top\n\n## Next\n\n###### Deep") == (
        "<h3>Top</h3>\n<h4>Next</h4>\n<h6>Deep</h6>"
    )


def test_tables_scroll_in_their_own_box_and_align_by_class():
    html = render("| a | b |\n|---|--:|\n| x | 2 |")

    assert html.startswith('<div class="scroll" tabindex="0"><table class="table">')
    assert '<td class="num">2</td>' in html
    assert "style=" not in html


def test_inline_text_has_no_blocks():
    assert render_inline("# not a heading, `code`\n- not a list") == (
        "# not a heading, <code>code</code>\n- not a list"
    )


def test_the_same_text_is_rendered_once():
    render.cache_clear()
    first = render("cached *text*")

    assert render("cached *text*") is first
    assert render.cache_info().hits == 1


def test_very_long_code_is_not_coloured():
    html = render("```python\n" + "x = 1\n" * 4000 + "```")

    assert "<span" not in html
    assert html.count("x = 1") == 4000
