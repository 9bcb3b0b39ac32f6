"""The tags that templates are made of."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from certportal.templatetags.ui import UnchangingNode


def rendered(source: str, **context) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_an_icon_is_hidden_from_screen_readers():
    assert rendered('{% icon "flag" "i-s" %}') == (
        '<svg class="i i-s" aria-hidden="true"><use href="/static/img/icons.svg#flag"/></svg>'
    )


def test_an_icon_name_cannot_break_out_of_its_attribute():
    assert '"><script>' not in rendered("{% icon name %}", name='x"><script>')


@pytest.mark.parametrize(("code", "tag"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_the_page_names_its_language_with_the_script(code, tag):
    with translation.override(code):
        assert rendered("{% page_language %}") == tag


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.46, "46%"), (0, "0%"), (1, "100%"), (0.875, "88%"), (Decimal("0.6849"), "68%"), (None, "")],
)
def test_shares_are_written_closed_up(share, text):
    assert rendered("{{ share|percent }}", share=share) == text


def test_shares_keep_as_many_places_as_asked():
    assert rendered("{{ share|percent:1 }}", share=0.12345) == "12.3%"


def test_lengths_in_drawings_keep_the_point_in_every_language():
    with translation.override("de"):
        assert rendered("{{ share|svg_percent }}", share=0.625) == "62.5%"


def test_long_lists_of_pages_have_gaps():
    source = "{% for n in paginator|page_numbers:9 %}{{ n }} {% endfor %}"

    pages = rendered(source, paginator=Paginator(range(200), 10))

    assert pages.split() == ["1", "0", "7", "8", "9", "10", "11", "0", "20"]


class Example(forms.Form):
    name = forms.CharField(
        help_text="What others see", widget=forms.TextInput({"placeholder": "x"})
    )
    note = forms.CharField(required=False, widget=forms.Textarea)
    size = forms.ChoiceField(choices=[("1", "one")], required=False)
    agreed = forms.BooleanField(label="I agree")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def field(name: str, data: dict[str, str] | None = None, options: str = "") -> str:
    return rendered("{% field form." + name + f" {options} %}}", form=Example(data))


def test_a_field_is_described_by_its_hint():
    html = field("name")

    assert '<label for="id_name">Name</label>' in html
    assert '<div class="hint" id="id_name_helptext">What others see</div>' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert "placeholder" not in html
    assert 'class="input"' in html


def test_a_wrong_field_says_so_to_everybody():
    html = field("name", {"name": ""})

    assert "is-wrong" in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<div class="field-error" id="id_name_error">' in html
    assert "This field is required." in html


def test_a_link_beside_the_label_takes_the_place_of_the_hint():
    html = field("name", options='link_url="/reset/" link_text="Forgotten?"')

    assert '<a class="small" id="id_name_helptext" href="/reset/">Forgotten?</a>' in html
    assert "What others see" not in html


def test_only_what_may_stay_empty_is_called_optional():
    assert "(optional)" in field("note")
    assert "(optional)" not in field("size")
    assert "(optional)" not in field("name")


def test_a_checkbox_stands_before_its_words():
    html = field("agreed")

    assert '<label class="check"><input' in html
    assert "<span>I agree</span></label>" in html
    assert 'class="input"' not in html


def test_choices_are_a_group_with_a_legend():
    html = field("kind")

    assert "<fieldset" in html
    assert "<legend>Kind</legend>" in html
    assert html.count('<label class="check">') == 2


def test_what_was_typed_is_escaped():
    html = field("name", {"name": '"><script>alert(1)</script>'})

    assert "<script>" not in html


class Named:
    def text(self, field: str) -> str:
        return f"the {field}"


def test_localised_asks_the_thing_itself():
    assert rendered('{{ thing|localised:"name" }}', thing=Named()) == "the name"


def test_author_text_is_rendered_and_typed_text_is_not():
    assert rendered("{{ text|markdown_inline }}", text="`a` <b>") == "<code>a</code> &lt;b&gt;"
    assert rendered("{{ text }}", text="`a` <b>") == "`a` &lt;b&gt;"


def test_what_does_not_change_is_rendered_once_a_language_and_keeps_no_variable():
    page = Template(
        "{% load i18n ui %}{% unchanging %}{{ name }}{% translate 'Password' %}{% endunchanging %}"
        "{{ name }}"
    )

    with translation.override("en"):
        first = page.render(Context({"name": "Ada"}))
        second = page.render(Context({"name": "Bob"}))
    with translation.override("zh-hans"):
        chinese = page.render(Context({"name": "Ada"}))

    assert (first, second) == ("PasswordAda", "PasswordBob")
    assert chinese == "密码Ada"


def test_what_does_not_change_is_kept_for_each_value_that_it_is_given():
    page = Template(
        "{% load ui %}{% unchanging theme=theme %}{{ theme }}{{ name }}{% endunchanging %}"
    )

    found = [
        page.render(Context({"theme": theme, "name": name}))
        for theme, name in (("dark", "Ada"), ("<i>", "Ada"), ("dark", "Bob"))
    ]

    assert found == ["dark", "&lt;i&gt;", "dark"]


def test_what_does_not_change_keeps_no_more_than_it_may():
    page = Template("{% load ui %}{% unchanging n=n %}{{ n }}{% endunchanging %}")
    place = page.nodelist.get_nodes_by_type(UnchangingNode)[0]

    found = [page.render(Context({"n": n})) for n in range(place.MOST_KEPT + 1)]

    assert found == [str(n) for n in range(place.MOST_KEPT + 1)]
    assert len(place.kept) == 1


def test_what_does_not_change_is_given_names():
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template("{% load ui %}{% unchanging theme %}{% endunchanging %}")
