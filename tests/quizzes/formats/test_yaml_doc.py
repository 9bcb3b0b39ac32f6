"""Reading and writing the bank's own format."""

from __future__ import annotations

import string
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.formats import FORMATS, parse
from quizzes.formats.document import Evidence, PlacementRef, Question
from quizzes.formats.yaml_doc import dump

GOOD = """\
format: certportal-questions-1
questions:
- id: net-1
  kind: single
  difficulty: 2
  tags:
  - http
  placements:
  - certification: CLF-C02
    domain: D3
    objectives:
    - network-services
  verification: sourced
  checked_on: '2026-11-23'
  evidence:
  - source: docs.example.org/http
    quote: not found
    date: 2026-11-23 (page read)
  body:
    stem:
      en: Which status means "not found"?
      zh-hans: 哪个状态码表示“未找到”？
    options:
    - id: a
      text:
        en: '404'
        zh-hans: '404'
    - id: b
      text:
        en: '200'
        zh-hans: '200'
    choose: 1
  key:
    correct:
    - a
    option_rationales:
      a:
        en: 4xx are errors of the client.
        zh-hans: 4xx 是客户端错误。
    explanation:
      en: |-
        RFC 9110:

            404 Not Found
      zh-hans: 见 RFC 9110。
    reference: https://www.rfc-editor.org/rfc/rfc9110
- id: net-2
  kind: short_text
  difficulty: 3
  verification: unverified
  body:
    stem:
      en: Which verb reads a page?
  key:
    accepted:
    - GET
    - get
    case_sensitive: true
    explanation:
      en: It is GET.
"""


def read(text, name="bank.yaml"):
    return parse(text.encode(), name=name)


def found(bank):
    return [(finding.line, finding.code) for finding in bank.errors]


def line_of(text, needle):
    return text[: text.index(needle)].count("\n") + 1


def test_a_good_file_is_read_whole():
    bank = read(GOOD)

    assert (bank.errors, bank.format) == ((), "yaml")
    first, second = bank.questions
    assert (first.external_id, first.kind, first.difficulty) == ("net-1", "single", 2)
    assert first.placements == (PlacementRef("CLF-C02", "D3", ("network-services",), "good"),)
    assert first.evidence == (
        Evidence("docs.example.org/http", "not found", "", "2026-11-23 (page read)"),
    )
    assert first.checked_on == date(2026, 11, 23)
    assert first.body["kind"] == "single"
    assert first.body["options"][0]["text"]["en"] == "404"
    assert first.key["explanation"]["en"] == "RFC 9110:\n\n    404 Not Found"
    assert (second.difficulty, second.verification, second.is_sample) == (3, "unverified", False)
    assert [(warning.line, warning.code) for warning in bank.warnings] == [
        (line_of(GOOD, "- id: net-2"), "no_placement")
    ]


def test_a_canonical_file_is_written_back_byte_for_byte():
    assert dump(read(GOOD).questions) == GOOD


def test_plain_scalars_stay_what_was_typed():
    text = GOOD.replace("- GET\n", "- no\n    - 1.50\n    - 404\n    - 2026-11-23\n    - true\n")
    text = text.replace("- get\n", "- 0777\n    - 12:30\n    - 1_000\n")

    assert read(text).questions[1].key["accepted"] == [
        "no", "1.50", "404", "2026-11-23", "true", "0777", "12:30", "1_000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        ("kind: single", "kind: essay", "unknown_kind", "kind: essay"),
        ("  kind: single\n", "", "missing_field", "- id: net-1"),
        ("- id: net-2", "- id: net-1", "repeated_id", "- id: net-1\n  kind: short"),
        ("- id: net-1", "- id: a b", "wrong_value", "- id: a b"),
        ("difficulty: 2", "difficulty: 6", "wrong_value", "difficulty: 6"),
        ("difficulty: 2", "difficulty: hard", "wrong_value", "difficulty: hard"),
        ("difficulty: 2", "dificulty: 2", "unknown_field", "dificulty: 2"),
        ("difficulty: 2", "is_sample: maybe", "wrong_type", "is_sample: maybe"),
        ("difficulty: 2", "enemy_group: ' '", "empty_text", "enemy_group: ' '"),
        ("  - http", "  - http\n  - http", "repeated_value", "  - http\n  placements"),
        ("verification: sourced", "verification: sure", "unknown_verification", "verification: su"),
        ("'2026-11-23'", "23.11.2026", "wrong_value", "checked_on:"),
        ("    domain: D3\n", "", "missing_field", "- certification"),
        ("    domain: D3", "    domain: D3\n    fit: none", "unknown_fit", "    fit: none"),
        ("  - source: docs", "  - origin: docs", "unknown_field", "  - origin"),
        ("zh-hans: 哪个状态码表示“未找到”？", "zh-hans: ''", "empty_text", "zh-hans: ''"),
        ("zh-hans: 哪个状态码表示“未找到”？", "zh-hans:", "wrong_type", "zh-hans:\n"),
        ("    - a\n", "    - z\n", "unknown_option", "    - z\n"),
        ("choose: 1", "choose: 2", "wrong_count", "choose: 2"),
        ("case_sensitive: true", "case_sensitive: 'yes'", "wrong_type", "case_sensitive: 'yes'"),
        ("      en: It is GET.", "      en: It is GET.\n      en: GET", "repeated_field",
         "      en: GET\n"),
        ("en: It is GET.", "en: !!python/name:os.system x", "tag", "en: !!python"),
        ("en: It is GET.", "en: !important x", "tag", "en: !important"),
        ("format: certportal-questions-1", "format: other", "unknown_version", "format: other"),
        ("questions:\n", "title: x\nquestions:\n", "unknown_field", "title: x"),
        ("en: It is GET.", 'en: "a\\0b"', "bad_character", 'en: "a\\0b"'),
    ],
)  # fmt: skip
def test_errors_name_their_line(old, new, code, at):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    errors = read(text).errors

    assert (line_of(text, at), code) in [(error.line, error.code) for error in errors]
    assert all(error.where.startswith("bank.yaml:") and error.message for error in errors)


def test_findings_name_file_line_question_and_field():
    text = GOOD.replace("zh-hans: '200'", "zh-hans: ' '")

    (error,) = read(text).errors

    line = line_of(text, "zh-hans: ' '")
    assert error.where == f"bank.yaml:{line} net-1 body.options.1.text.zh-hans"


def test_reading_goes_on_after_an_error():
    text = GOOD.replace("difficulty: 2", "difficulty: 9").replace("    - GET", "    - ''")

    bank = read(text)

    assert bank.questions == ()
    assert [code for _, code in found(bank)] == ["wrong_value", "empty_text"]


def test_one_bad_question_leaves_the_other():
    bank = read(GOOD.replace("choose: 1", "choose: 3"))

    assert [question.external_id for question in bank.questions] == ["net-2"]
    assert [code for _, code in found(bank)] == ["wrong_count"]


def test_a_syntax_error_does_not_hide_the_errors_of_other_questions():
    text = GOOD.replace("- id: net-2", "- id: net-3\n  kind: 'open\n- id: net-2")
    text = text.replace("difficulty: 2", "difficulty: 9")

    bank = read(text)

    assert {code for _, code in found(bank)} == {"bad_syntax", "wrong_value"}
    assert (line_of(text, "difficulty: 9"), "wrong_value") in found(bank)
    assert line_of(text, "- id: net-3") <= {c: n for n, c in found(bank)}["bad_syntax"]
    assert [question.external_id for question in bank.questions] == ["net-2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_bank"),
        ("just words", "no_bank"),
        ("- a\n- b\n", "no_bank"),
        ("format: certportal-questions-1\n", "no_questions"),
        ("format: certportal-questions-1\nquestions: 7\n", "no_questions"),
        ("format: certportal-questions-1\nquestions: [\n", "bad_syntax"),
        ("format: [a\n", "bad_syntax"),
        ("a: \x01", "bad_syntax"),
        (GOOD + "---\n" + GOOD, "many_documents"),
        ("? [a, b]\n: c\n", "bad_field"),
    ],
)
def test_broken_files_are_refused_with_a_reason(text, code):
    bank = read(text)

    assert code in [error.code for error in bank.errors]
    assert all(error.line for error in bank.errors)


def test_an_entry_that_is_no_object():
    bank = read("format: certportal-questions-1\nquestions:\n- 5\n-\n- [a]\n")

    assert {line for line, _ in found(bank)} == {3, 4, 5}


def test_aliases_are_refused_and_never_expanded():
    layers = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 40))
    bomb = f"format: certportal-questions-1\nl0: &l0 [x]\n{layers}\nquestions: []\n"

    started = time.perf_counter()
    bank = read(bomb)

    assert "alias" in [error.code for error in bank.errors]
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening):
    deep, abyss = (read("questions:\n  " + opening * levels) for levels in (30, 50_000))

    assert [error.code for error in deep.errors] == ["too_deep"]
    assert [error.code for error in abyss.errors] in (["too_deep"], ["bad_syntax"])


def test_only_utf8_is_read():
    bank = parse("format: x\nb: ä".encode("latin-1"), name="old.yaml")

    assert found(bank) == [(2, "not_utf8")]
    assert read(GOOD).questions == parse(b"\xef\xbb\xbf" + GOOD.encode(), name="b.yml").questions


def test_half_a_surrogate_pair_is_refused():
    assert read(GOOD.replace("en: It is GET.", 'en: "a\\ud800b"')).errors


def test_too_large_a_file_is_refused():
    bank = parse(b"#" * 20_000_001, name="big.yaml")

    assert [error.code for error in bank.errors] == ["too_large"]


@pytest.mark.parametrize(
    ("name", "format_name", "expected"),
    [("", "auto", "yaml"), ("x.bin", "auto", "yaml"), ("", "yaml", "yaml"), ("x", "word", "")],
)
def test_formats_are_known_by_name_or_content(name, format_name, expected):
    bank = parse(GOOD.encode(), format=format_name, name=name)

    assert bank.format == expected
    assert bool(bank.errors) == (expected == "")


def test_an_unknown_format_says_which_are_known():
    (error,) = parse(b"\x89PNG", name="photo.png").errors

    assert (error.where, error.code) == ("photo.png", "unknown_format")
    assert all(name in error.message for name in FORMATS)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    bank = parse(data, format="yaml")

    assert bank.errors or bank.questions == ()


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_damage_is_survived(data):
    lines = GOOD.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        lines[index] = data.draw(
            st.sampled_from(["", "  ", "- x\n", ": :\n", "'\n", "? \n", "\t\n", "  body: 3\n"])
            | st.text(max_size=12).map(lambda words: words + "\n")
        )

    bank = read("".join(lines))

    assert all(isinstance(error.line, int) for error in bank.errors)
    assert dump(read(dump(bank.questions)).questions) == dump(bank.questions)


words = st.text(min_size=1, max_size=60).filter(
    lambda text: text.strip() and "\x00" not in text and text.isprintable()
)
rough = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=60
).filter(str.strip)
shaped = st.lists(
    st.sampled_from(["a", " ", "\n", "\n\n", "  b", "- c", "# d", "'", '"', ": ", "`", "中", "|"]),
    min_size=1,
    max_size=14,
).map("".join).filter(str.strip)  # fmt: skip
plain = (
    words | rough | shaped | st.sampled_from(["yes", "null", "~", "1e3", "0x1", "=", "<<", "!x"])
)
names = st.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=8)
slugs = st.lists(names, max_size=4, unique=True).map(tuple)


def texts(languages):
    return st.fixed_dictionaries(dict.fromkeys(languages, plain))


@st.composite
def questions(draw_value):
    text = texts(draw_value(st.sampled_from([["en"], ["en", "zh-hans"], ["zh-hans"]])))
    accepted = draw_value(st.lists(plain, min_size=1, max_size=4))
    key = {"accepted": accepted, "case_sensitive": draw_value(st.booleans())}
    if draw_value(st.booleans()):
        key |= {"explanation": draw_value(text), "reference": "https://example.org/a?b=c#d"}
    evidence = st.builds(Evidence, plain, st.just("") | plain, st.just("") | plain, st.just("x"))
    placements = st.lists(
        st.builds(PlacementRef, names, names, slugs, st.sampled_from(["good", "weak"])),
        max_size=3,
        unique_by=lambda placement: placement.certification,
    )
    return Question(
        external_id=draw_value(names),
        kind="short_text",
        body={"kind": "short_text", "stem": draw_value(text)},
        key=key,
        difficulty=draw_value(st.integers(1, 5)),
        tags=draw_value(slugs),
        enemy_group=draw_value(st.just("") | plain),
        verification=draw_value(st.sampled_from(["sourced", "executed", "unverified"])),
        evidence=tuple(draw_value(st.lists(evidence, max_size=2))),
        checked_on=draw_value(st.none() | st.dates()),
        is_sample=draw_value(st.booleans()),
        placements=tuple(draw_value(placements)),
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(questions(), max_size=3, unique_by=lambda question: question.external_id))
def test_what_is_written_is_read_back(original):
    text = dump(original)

    bank = read(text)

    assert bank.errors == ()
    assert list(bank.questions) == original
    assert dump(bank.questions) == text
