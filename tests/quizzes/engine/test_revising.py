"""What a change of a question may be called."""

from __future__ import annotations

import pytest

from quizzes.engine.revising import is_as_small_as, raises_measure, smallest_change
from tests.factories.documents import KINDS, body_and_key


def reworded(body, key):
    body["stem"]["en"] = "Which of these stones is black?"


def option_reworded(body, key):
    body["options"][0]["text"]["en"] = "Amber resin"


def translated(body, key):
    body["stem"]["zh-hans"] = "哪种石头是黑色的？"
    key["option_rationales"]["a"]["zh-hans"] = "不同的原因。"


def language_added(body, key):
    body["stem"]["de"] = "Welcher Stein ist schwarz?"


def explained(body, key):
    key["explanation"]["en"] = "Basalt is black."
    key["option_rationales"]["a"]["en"] = "Amber is yellow."


def sourced(body, key):
    key["reference"] = "https://docs.example.org/basalt"


def key_moved(body, key):
    key["correct"] = ["c"]


def option_added(body, key):
    body["options"].append({"id": "e", "text": {"en": "Emerald"}})


def order_fixed(body, key):
    body["shuffle"] = False


EVERY = {"typo", "explanation", "translation", "key", "content"}
COVERED_BY = [
    (reworded, {"typo", "key", "content"}, "content"),
    (option_reworded, {"typo", "key", "content"}, "content"),
    (translated, {"typo", "translation", "key", "content"}, "translation"),
    (language_added, {"typo", "translation", "key", "content"}, "translation"),
    (explained, {"typo", "explanation", "key", "content"}, "explanation"),
    (sourced, {"typo", "explanation", "key", "content"}, "explanation"),
    (key_moved, {"key", "content"}, "key"),
    (option_added, {"key", "content"}, "content"),
    (order_fixed, {"key", "content"}, "content"),
]


@pytest.mark.parametrize(("edit", "covers", "assumed"), COVERED_BY)
def test_a_change_class_covers_only_what_it_says(edit, covers, assumed):
    before, after = body_and_key(), body_and_key()
    edit(*after)
    found = {name for name in EVERY if is_as_small_as(name, before=before, after=after)}
    assert found == covers
    assert smallest_change(before=before, after=after) == assumed


def test_a_translation_leaves_the_first_language_alone_even_when_that_is_chinese():
    before, after = body_and_key(), body_and_key()
    for body, _key in (before, after):
        del body["stem"]["en"]
    after[0]["stem"] = {"zh-hans": "另一个问题？"}
    assert not is_as_small_as("translation", before=before, after=after)
    after[0]["stem"] = {**before[0]["stem"], "en": "Which stone is black?"}
    assert is_as_small_as("translation", before=before, after=after)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_documents_fit_every_class(kind):
    before, after = body_and_key(kind), body_and_key(kind)
    assert all(is_as_small_as(name, before=before, after=after) for name in EVERY)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("ordering", "order", ["a", "b", "c"]),
        ("matching", "pairs", {"p1": "b", "p2": "a"}),
        ("numeric", "value", "91"),
        ("numeric", "tolerance", "2"),
        ("short_text", "accepted", ["median", "middle"]),
        ("short_text", "case_sensitive", True),
    ],
)
def test_another_key_of_any_kind_is_no_typo(kind, field, value):
    before, after = body_and_key(kind), body_and_key(kind)
    after[1][field] = value
    assert not is_as_small_as("typo", before=before, after=after)
    assert smallest_change(before=before, after=after) == "key"


def test_only_key_and_content_start_a_new_measure():
    assert {name for name in EVERY if raises_measure(name)} == {"key", "content"}
