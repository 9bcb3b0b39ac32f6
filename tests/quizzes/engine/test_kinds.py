"""Every kind of question behaves behind the one interface."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.engine.kinds.base import RefusedAnswer
from quizzes.engine.kinds.registry import KINDS, UnknownKindError, get_kind


def text(words):
    return {"en": words, "zh-hans": f"{words}（中）"}


def options(ids, prefix="Option"):
    return [{"id": name, "text": text(f"{prefix} {name}")} for name in ids]


COMMON_KEY = {"explanation": text("Because."), "reference": "https://example.org/page"}

SAMPLES = {
    "single": (
        {"options": options("abcd"), "choose": 1},
        {"correct": ["c"], "option_rationales": {"a": text("No."), "c": text("Yes.")}},
        {"choice": "c"},
    ),
    "multiple": (
        {"options": options("abcde"), "choose": 2},
        {"correct": ["d", "b"], "option_rationales": {}},
        {"choices": ["b", "d"]},
    ),
    "true_false": (
        {"options": [{"id": "a", "text": text("True")}, {"id": "b", "text": text("False")}]},
        {"correct": ["b"]},
        {"choice": "b"},
    ),
    "ordering": (
        {"items": options("bdac", "Step")},
        {"order": ["a", "b", "c", "d"]},
        {"order": ["a", "b", "c", "d"]},
    ),
    "matching": (
        {"prompts": options(["p1", "p2"], "Prompt"), "options": options("abc")},
        {"pairs": {"p1": "c", "p2": "a"}},
        {"pairs": {"p1": "c", "p2": "a"}},
    ),
    "numeric": (
        {"unit": {"en": "days", "zh-hans": "天"}, "units": {"weeks": "7"}},
        {"value": "90", "tolerance": "0.5", "tolerance_kind": "nominal"},
        {"value": "90"},
    ),
    "short_text": (
        {},
        {"accepted": ["median", ".median()"], "case_sensitive": False},
        {"text": "median"},
    ),
}

FORMS = {
    "single": {"choice": ["c"]},
    "multiple": {"choices": ["d", "b"]},
    "true_false": {"choice": ["b"]},
    "ordering": {"order-a": ["1"], "order-b": ["2"], "order-c": ["3"], "order-d": ["4"]},
    "matching": {"pair-p1": ["c"], "pair-p2": ["a"]},
    "numeric": {"value": [" 90 "]},
    "short_text": {"text": ["median"]},
}

NAMES = sorted(SAMPLES)


def sample(name):
    body, key, right = copy.deepcopy(SAMPLES[name])
    common = copy.deepcopy(COMMON_KEY)
    return {"kind": name, "stem": text("What?"), **body}, {**common, **key}, right


json_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["a", "b", "c", "d", "p1", "90", "\x00", "\ud800", "é" * 5000])
)
json_values = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
field_names = st.sampled_from(["choice", "choices", "order", "pairs", "value", "text"])
near_answers = st.dictionaries(field_names, json_values, min_size=1, max_size=2)
id_lists = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "p1", "zz", ""]), max_size=6)
id_maps = st.dictionaries(st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["a", "c", "z"]))
likely_answers = st.one_of(
    st.builds(lambda ids: {"choices": ids}, id_lists),
    st.builds(lambda ids: {"order": ids}, id_lists),
    st.builds(lambda pairs: {"pairs": pairs}, id_maps),
    st.builds(lambda value: {"value": value}, st.text(max_size=12)),
    st.builds(lambda value: {"text": value}, st.text(max_size=12)),
    st.builds(lambda value: {"choice": value}, st.sampled_from(["a", "b", "z", ""])),
)


def test_every_kind_of_the_bank_is_registered_under_its_name():
    assert sorted(KINDS) == NAMES
    assert all(get_kind(name).name == name for name in NAMES)


def test_unknown_kind():
    with pytest.raises(UnknownKindError):
        get_kind("essay")


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_valid(name):
    body, key, _ = sample(name)

    assert get_kind(name).validate(body, key) == []


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(answer=json_values | near_answers | likely_answers)
def test_any_json_is_refused_or_becomes_a_gradable_answer(name, answer):
    kind = get_kind(name)
    body, key, _ = sample(name)

    try:
        clean = kind.clean_answer(body, answer)
    except RefusedAnswer:
        return

    assert kind.clean_answer(body, json.loads(json.dumps(clean))) == clean
    assert isinstance(kind.is_complete(body, clean), bool)
    for rule in ("exam", "practice"):
        assert 0 <= kind.grade(body, key, clean, rule=rule) <= 1
    assert kind.grade(body, key, clean, rule="exam") in {0, 1}


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=40)
@given(body=json_values, key=json_values, fields=st.dictionaries(st.text(max_size=9), json_values))
def test_validate_accepts_any_json_and_says_so(name, body, key, fields):
    kind = get_kind(name)
    good_body, good_key, _ = sample(name)

    assert kind.validate(body, key)
    kind.validate({**good_body, **fields}, good_key)
    for field in kind.body_fields:
        kind.validate({**good_body, field: body}, {**good_key, **fields})
    for field in (*kind.key_fields, *kind.optional_key_fields, "reference", "explanation"):
        kind.validate(good_body, {**good_key, field: key})


@pytest.mark.parametrize("name", NAMES)
def test_the_key_earns_full_marks_and_nothing_earns_none(name):
    kind = get_kind(name)
    body, key, right = sample(name)
    clean = kind.clean_answer(body, right)

    for rule in ("exam", "practice"):
        assert kind.grade(body, key, clean, rule=rule) == 1
        assert kind.grade(body, key, None, rule=rule) == 0
    assert kind.is_complete(body, clean)
    assert not kind.is_complete(body, None)


@pytest.mark.parametrize("name", NAMES)
def test_form_and_json_mean_the_same(name):
    kind = get_kind(name)
    body, _, right = sample(name)

    assert kind.answer_from_form(body, FORMS[name]) == kind.clean_answer(body, right)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_form_is_no_answer(name):
    kind = get_kind(name)
    body, _, _ = sample(name)
    blank = {field: [" "] for field in FORMS[name]}

    assert kind.answer_from_form(body, {}) is None
    assert kind.answer_from_form(body, {"flag": ["1"], **blank}) is None


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.text(max_size=5), max_size=3))
def test_any_form_is_refused_or_understood(name, values):
    kind = get_kind(name)
    body, _, _ = sample(name)

    try:
        answer = kind.answer_from_form(body, dict.fromkeys(FORMS[name], values))
    except RefusedAnswer:
        return

    assert answer is None or kind.clean_answer(body, answer) == answer


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_presentation_order_is_a_seeded_permutation(name, seed):
    kind = get_kind(name)
    body, _, _ = sample(name)

    order = kind.presentation_order(body, random.Random(seed))

    assert order == kind.presentation_order(body, random.Random(seed))
    for part, shown in order.items():
        assert sorted(shown) == sorted(row["id"] for row in body[part])


@pytest.mark.parametrize("part", ["options", "items", "prompts"])
def test_every_place_is_equally_likely_to_come_first(part):
    name = {"options": "single", "items": "ordering", "prompts": "matching"}[part]
    kind = get_kind(name)
    body, _, _ = sample(name)
    ids = [row["id"] for row in body[part]]

    firsts = [kind.presentation_order(body, random.Random(s))[part][0] for s in range(2000)]

    for option in ids:
        assert firsts.count(option) == pytest.approx(2000 / len(ids), rel=0.2)


def test_true_false_and_unshuffled_options_keep_their_order():
    true_false, _, _ = sample("true_false")
    fixed, _, _ = sample("single")
    fixed["shuffle"] = False

    for seed in range(20):
        rng = random.Random(seed)
        assert get_kind("true_false").presentation_order(true_false, rng) == {"options": ["a", "b"]}
        assert get_kind("single").presentation_order(fixed, rng) == {"options": list("abcd")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("single", "1/4"), ("multiple", "1/10"), ("true_false", "1/2"), ("ordering", "1/24"),
     ("matching", "1/6"), ("numeric", "0"), ("short_text", "0")],
)  # fmt: skip
def test_guess_floor_of_the_exam_rule(name, expected):
    body, _, _ = sample(name)

    assert get_kind(name).guess_floor(body) == Fraction(expected)


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        ("single", {"choice": "z"}, "unknown_option"),
        ("single", {"choice": ["a"]}, "wrong_shape"),
        ("single", {"choice": "a", "text": "b"}, "wrong_shape"),
        ("single", ["a"], "wrong_shape"),
        ("true_false", {"choice": True}, "wrong_shape"),
        ("multiple", {"choices": ["a", "b", "c"]}, "too_many_choices"),
        ("multiple", {"choices": ["a", "a"]}, "repeated_option"),
        ("multiple", {"choices": ["a", "z"]}, "unknown_option"),
        ("multiple", {"choices": "ab"}, "wrong_shape"),
        ("multiple", {"choices": [["a"]]}, "wrong_shape"),
        ("ordering", {"order": ["a", "a", "b", "c"]}, "repeated_option"),
        ("ordering", {"order": ["a", "b", "c", "d", "e"]}, "unknown_option"),
        ("matching", {"pairs": {"p1": "z"}}, "unknown_option"),
        ("matching", {"pairs": {"p9": "a"}}, "unknown_option"),
        ("matching", {"pairs": {"p1": ["a"]}}, "wrong_shape"),
        ("matching", {"pairs": [["p1", "a"]]}, "wrong_shape"),
        ("numeric", {"value": 90}, "wrong_shape"),
        ("numeric", {"value": "9" * 101}, "too_long"),
        ("numeric", {"value": "9\x00"}, "bad_character"),
        ("short_text", {"text": "x" * 4001}, "too_long"),
        ("short_text", {"text": "a\x00b"}, "bad_character"),
        ("short_text", {"text": "a\ud800b"}, "bad_character"),
        ("short_text", {"text": None}, "wrong_shape"),
    ],
)
def test_refused_answers_say_why(name, answer, reason):
    body, _, _ = sample(name)

    with pytest.raises(RefusedAnswer) as refused:
        get_kind(name).clean_answer(body, answer)

    assert refused.value.reason == reason


def test_short_text_takes_exactly_four_thousand_characters():
    body, _, _ = sample("short_text")

    assert get_kind("short_text").clean_answer(body, {"text": "x" * 4000})


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("multiple", {"choices": ["b"]}),
        ("multiple", {"choices": []}),
        ("ordering", {"order": ["a", "b"]}),
        ("matching", {"pairs": {"p1": "c"}}),
        ("numeric", {"value": "many"}),
        ("numeric", {"value": ""}),
        ("short_text", {"text": "  "}),
    ],
)
def test_unfinished_answers_are_kept_but_incomplete(name, answer):
    kind = get_kind(name)
    body, key, _ = sample(name)
    clean = kind.clean_answer(body, answer)

    assert clean == answer | clean
    assert not kind.is_complete(body, clean)
    assert kind.grade(body, key, clean, rule="exam") == 0


@pytest.mark.parametrize(
    ("name", "answer", "share"),
    [
        ("multiple", {"choices": ["b"]}, "1/2"),
        ("multiple", {"choices": ["b", "a"]}, "1/6"),
        ("ordering", {"order": ["a", "b", "d", "c"]}, "2/3"),
        ("matching", {"pairs": {"p1": "c", "p2": "b"}}, "1/2"),
    ],
)
def test_practice_gives_partial_credit_and_exams_do_not(name, answer, share):
    kind = get_kind(name)
    body, key, _ = sample(name)
    clean = kind.clean_answer(body, answer)

    assert kind.grade(body, key, clean, rule="practice") == Fraction(share)
    assert kind.grade(body, key, clean, rule="exam") == 0


def test_choose_all_that_apply():
    kind = get_kind("multiple")
    body, key, right = sample("multiple")
    del body["choose"]

    assert kind.validate(body, key) == []
    assert kind.is_complete(body, kind.clean_answer(body, {"choices": ["a", "b", "c", "d", "e"]}))
    assert kind.grade(body, key, kind.clean_answer(body, right), rule="exam") == 1
    assert kind.guess_floor(body) == Fraction(1, 31)


@pytest.mark.parametrize(
    ("typed", "right"),
    [("90", 1), ("90,4", 1), ("90.5", 1), ("90.51", 0), ("90 days", 1), ("90 天", 1),
     ("90 minutes", 0), ("12.9 weeks", 1), ("9e1", 1), ("９０", 1), ("", 0)],
)  # fmt: skip
def test_numbers_as_people_type_them(typed, right):
    kind = get_kind("numeric")
    body, key, _ = sample("numeric")

    assert kind.grade(body, key, kind.clean_answer(body, {"value": typed}), rule="exam") == right


@pytest.mark.parametrize(
    ("typed", "case_sensitive", "right"),
    [("median", False, 1), (" MEDIAN ", False, 1), ("MEDIAN", True, 0), ("ｍｅｄｉａｎ", True, 1),
     ("medi an", False, 0), (".median()", True, 1), ("mean", False, 0), ("", False, 0)],
)  # fmt: skip
def test_short_text_forgives_case_and_space_only(typed, case_sensitive, right):
    kind = get_kind("short_text")
    body, key, _ = sample("short_text")
    key["case_sensitive"] = case_sensitive

    assert kind.grade(body, key, kind.clean_answer(body, {"text": typed}), rule="exam") == right


def test_short_text_counts_any_amount_of_inner_space_as_one():
    kind = get_kind("short_text")
    body, key, _ = sample("short_text")
    key["accepted"] = ["GROUP  BY"]

    assert kind.grade(body, key, {"text": "group\n by"}, rule="exam") == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"order-a": ["2"], "order-c": ["1"]}, {"order": ["c", "a"]}),
        ({"order-a": ["4"], "order-b": [""], "order-z": ["1"]}, {"order": ["a"]}),
    ],
)
def test_ordering_form_keeps_what_was_placed(data, expected):
    body, _, _ = sample("ordering")

    assert get_kind("ordering").answer_from_form(body, data) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"order-a": ["1"], "order-b": ["1"]}, "repeated_place"),
        ({"order-a": ["0"]}, "unknown_place"),
        ({"order-a": ["5"]}, "unknown_place"),
        ({"order-a": ["x"]}, "wrong_shape"),
        ({"order-a": ["²"]}, "wrong_shape"),
    ],
)
def test_ordering_form_refuses_impossible_places(data, reason):
    body, _, _ = sample("ordering")

    with pytest.raises(RefusedAnswer) as refused:
        get_kind("ordering").answer_from_form(body, data)

    assert refused.value.reason == reason


def change(document, path, value):
    for step in path[:-1]:
        document = document[step]
    if value is KeyError:
        del document[path[-1]]
    else:
        document[path[-1]] = value


@pytest.mark.parametrize(
    ("name", "path", "value", "expected"),
    [
        ("single", "body.kind", "multiple", ("body.kind", "wrong_kind")),
        ("single", "body.stem", KeyError, ("body", "missing_field")),
        ("single", "body.stem", "What?", ("body.stem", "wrong_type")),
        ("single", "body.stem.en", "", ("body.stem.en", "empty_text")),
        ("single", "body.stem.zh-hans", " ", ("body.stem.zh-hans", "empty_text")),
        ("single", "body.stem.zh_CN", "x", ("body.stem.zh_CN", "bad_language")),
        ("single", "body.stem.en", "a\x00", ("body.stem.en", "bad_character")),
        ("single", "body.stem.en", "a" * 20_001, ("body.stem.en", "too_long")),
        ("single", "body.options.0.text.en", KeyError, ("body.options.0.text", "missing_language")),
        ("single", "body.options.1.id", "a", ("body.options.1.id", "repeated_id")),
        ("single", "body.options.1.id", "B!", ("body.options.1.id", "bad_id")),
        ("single", "body.options.1.text.en", "Option a",
         ("body.options.1.text.en", "repeated_text")),
        ("single", "body.options", [], ("body.options", "wrong_count")),
        ("single", "body.colour", "red", ("body.colour", "unknown_field")),
        ("single", "body.choose", 2, ("body.choose", "wrong_count")),
        ("single", "body.shuffle", "no", ("body.shuffle", "wrong_type")),
        ("single", "key.correct", ["z"], ("key.correct.0", "unknown_option")),
        ("single", "key.correct", ["a", "b"], ("key.correct", "wrong_count")),
        ("single", "key.correct", [], ("key.correct", "wrong_count")),
        ("single", "key.option_rationales.z", {"en": "x"},
         ("key.option_rationales.z", "unknown_option")),
        ("single", "key.reference", "javascript:alert(1)", ("key.reference", "bad_link")),
        ("single", "key.reference", "https://[x", ("key.reference", "bad_link")),
        ("single", "key.explanation.en", "", ("key.explanation.en", "empty_text")),
        ("multiple", "body.choose", 3, ("body.choose", "wrong_count")),
        ("multiple", "body.choose", True, ("body.choose", "wrong_type")),
        ("multiple", "key.correct", ["b", "b"], ("key.correct.1", "repeated_id")),
        ("true_false", "body.options", options("abc"), ("body.options", "wrong_count")),
        ("ordering", "key.order", ["a", "b", "c"], ("key.order", "wrong_count")),
        ("ordering", "body.items", options("a"), ("body.items", "wrong_count")),
        ("matching", "key.pairs.p2", KeyError, ("key.pairs", "missing_field")),
        ("matching", "key.pairs.p2", "z", ("key.pairs.p2", "unknown_option")),
        ("matching", "key.pairs.p7", "a", ("key.pairs.p7", "unknown_option")),
        ("numeric", "key.value", "ninety", ("key.value", "bad_number")),
        ("numeric", "key.value", 90, ("key.value", "wrong_type")),
        ("numeric", "key.tolerance", "-1", ("key.tolerance", "negative")),
        ("numeric", "key.tolerance_kind", "fuzzy", ("key.tolerance_kind", "unknown_value")),
        ("numeric", "body.units.weeks", "0", ("body.units.weeks", "negative")),
        ("short_text", "key.accepted", [], ("key.accepted", "wrong_count")),
        ("short_text", "key.accepted", [" "], ("key.accepted.0", "empty_text")),
        ("short_text", "key.case_sensitive", "no", ("key.case_sensitive", "wrong_type")),
    ],
)  # fmt: skip
def test_validate_names_the_place_and_the_problem(name, path, value, expected):
    body, key, _ = sample(name)
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    change({"body": body, "key": key}, steps, value)

    problems = get_kind(name).validate(body, key)

    assert expected in {(problem.where, problem.code) for problem in problems}
    assert all(problem.message for problem in problems)


def test_relative_tolerance_around_zero_is_an_authoring_problem():
    body, key, _ = sample("numeric")
    key |= {"value": "0", "tolerance": "0.1", "tolerance_kind": "relative"}

    problems = get_kind("numeric").validate(body, key)

    assert [problem.code for problem in problems] == ["relative_to_zero"]


def test_validate_lists_every_problem_at_once():
    body, key, _ = sample("single")
    body["options"][0]["text"]["en"] = ""
    body["stem"]["en"] = ""
    key["correct"] = ["z"]

    assert len(get_kind("single").validate(body, key)) == 3


def test_a_question_may_be_in_chinese_only():
    body, key, _ = sample("single")
    chinese = json.loads(json.dumps([body, key]), object_hook=lambda d: (d.pop("en", 0), d)[1])

    assert get_kind("single").validate(*chinese) == []
