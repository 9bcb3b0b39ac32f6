from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.catalog.engine.catalog_schema import CatalogRefusedError, read_catalog
from certportal.catalog.engine.folding import fold
from certportal.catalog.services.loading import SHIPPED

# A small catalogue without a mistake; each case below changes one line of it.
SOUND = dedent(
    """\
    vendors:
      - slug: acme
        name: {en: Acme}
    languages:
      - code: en
        name: {en: English, zh-hans: 英语}
    certifications:
      - code: OLD-1
        slug: old-1
        vendor: acme
        name: {en: Old}
        level: associate
        role: data
        kind: proctored
        status: retired
        retired_on: '2026-01-31'
        replaced_by: [NEW-1]
        languages: [en]
        price_usd: '100'
        url: https://acme.example/old
        checked_on: '2026-11-23'
        guides:
          - version: OLD-1
            current: true
            questions: {total: 65, scored: 50, unscored: 15}
            duration_minutes: 90
            scale: [100, 700, 1000]
            formats: {en: Multiple choice, zh-hans: 单选题}
            official_kinds: [single]
            weights: official
            checked_on: '2026-11-23'
            domains:
              - {key: D1, name: {en: One, zh-hans: 一}, weight: '60.00'}
              - {key: D2, name: {en: Two, zh-hans: 二}, weight: '40.00'}
      - code: NEW-1
        slug: new-1
        vendor: acme
        name: {en: New}
        level: associate
        role: data
        kind: proctored
        status: active
        checked_on: '2026-11-23'
        guides:
          - version: NEW-1
            current: true
            questions: {min: 40, max: 60}
            passing_share: '0.63'
            formats: {en: Multiple choice, zh-hans: 单选题}
            weights: official
            checked_on: '2026-11-23'
            domains:
              - {key: D1, name: {en: All, zh-hans: 全部}, weight: '100'}
    objectives:
      - certification: OLD-1
        domain: D1
        key: know-things
        number: '1.1'
        title: {en: Know things, zh-hans: 了解事物}
      - certification: NEW-1
        domain: D1
        key: know-more
        number: '1.1'
        title: {en: Know more, zh-hans: 了解更多}
        topics: {en: [more], zh-hans: [更多]}
    successors:
      - certification: OLD-1
        objective: know-things
        into: {certification: NEW-1, domain: D1, objective: know-more}
        reason: {en: Same task, zh-hans: 任务相同}
    paths:
      - slug: acme-path
        kind: vendor
        vendor: acme
        name: {en: Path}
        steps: ['certification:NEW-1']
    resources:
      - slug: acme-book
        kind: book
        name: {en: Book}
        certifications: [NEW-1]
    """
)

# What is replaced, by what, the code of the problem, and the text of the line it is found on.
BROKEN = [
    ("slug: acme\n", "slug: Acme Inc\n", "not-an-identifier", "slug: Acme Inc"),
    ("code: NEW-1", "code: OLD-1", "duplicate", "code: OLD-1\n    slug: new-1"),
    ("slug: new-1", "slug: old-1", "duplicate", "code: NEW-1"),
    ("slug: new-1", "slug: old-1\n    slug: new-1", "duplicate-key", "slug: new-1"),
    ("vendor: acme\n    name: {en: New}", "vendor: ecma\n    name: {en: New}", "unknown-reference",
     "code: NEW-1"),
    ("level: associate\n    role: data\n    kind: proctored\n    status: retired",
     "level: easy\n    role: data\n    kind: proctored\n    status: retired", "unknown-value",
     "level: easy"),
    ("status: active", "status: dormant", "unknown-value", "status: dormant"),
    ("    retired_on: '2026-01-31'\n", "", "retired", "code: OLD-1"),
    ("    replaced_by: [NEW-1]\n", "", "retired", "code: OLD-1"),
    ("status: active", "status: active\n    retired_on: '2026-01-31'", "retired", "code: NEW-1"),
    ("replaced_by: [NEW-1]", "replaced_by: [NEW-1, NEW-2]", "unknown-reference", "code: OLD-1"),
    ("replaced_by: [NEW-1]", "replaced_by: [NEW-1, OLD-1]", "replaced-by-itself", "code: OLD-1"),
    ("'2026-01-31'", "'2026-02-30'", "not-a-date", "retired_on: '2026-02-30'"),
    ("languages: [en]", "languages: [en, tlh]", "unknown-reference", "languages: [en, tlh]"),
    ("price_usd: '100'", "price_usd: cheap", "not-a-number", "price_usd: cheap"),
    ("price_usd: '100'", "price_usd: '-1'", "out-of-range", "code: OLD-1"),
    ("url: https://acme.example/old", "url: http://acme.example/old", "not-an-address",
     "url: http://acme.example/old"),
    ("    level: associate\n    role: data\n    kind: proctored\n    status: active",
     "    role: data\n    kind: proctored\n    status: active", "missing", "code: NEW-1"),
    ("    status: active\n", "    status: active\n    stauts: beta\n", "unknown-key",
     "stauts: beta"),
    ("version: NEW-1\n        current: true", "version: NEW-1\n        current: false",
     "current-guide", "code: NEW-1"),
    ("version: NEW-1\n        current: true", "version: NEW-1\n        current: perhaps",
     "not-yes-or-no", "current: perhaps"),
    ("scored: 50", "scored: 51", "counts", "version: OLD-1"),
    ("{min: 40, max: 60}", "{min: 60, max: 40}", "counts", "version: NEW-1"),
    ("{min: 40, max: 60}", "{min: 40}", "counts", "version: NEW-1"),
    ("duration_minutes: 90", "duration_minutes: 0", "out-of-range", "version: OLD-1"),
    ("scale: [100, 700, 1000]", "scale: [700, 100, 1000]", "scale", "version: OLD-1"),
    ("scale: [100, 700, 1000]", "scale: [100, 1000]", "scale", "version: OLD-1"),
    ("passing_share: '0.63'", "passing_share: '63'", "out-of-range", "version: NEW-1"),
    ("official_kinds: [single]", "official_kinds: [essay]", "unknown-value",
     "official_kinds: [essay]"),
    ("weight: '40.00'", "weight: '39.99'", "weights", "key: D1, name: {en: One"),
    ("weight: '100'", "weight: '100.001'", "out-of-range", "key: D1, name: {en: All"),
    ("weight: '40.00'", "weight: heavy", "not-a-number", "weight: heavy"),
    ("key: D2", "key: D1", "duplicate", "name: {en: Two"),
    ("name: {en: Two, zh-hans: 二}", "name: {en: Two}", "translation", "name: {en: Two}"),
    ("{en: Know things, zh-hans: 了解事物}", "{zh-hans: 了解事物}", "translation",
     "title: {zh-hans"),
    ("{en: Know things, zh-hans: 了解事物}", "{en: Know, zh-hans: 知, fr: Savoir}",
     "unknown-language", "title: {en: Know, zh-hans: 知, fr"),
    ("{en: Know things, zh-hans: 了解事物}", "Know things", "not-a-text", "title: Know things"),
    ("topics: {en: [more], zh-hans: [更多]}", "topics: {en: [more, most], zh-hans: [更多]}",
     "translation", "topics: {en: [more, most]"),
    ("key: know-more", "key: know-things\n    version: OLD-9", "unknown-reference",
     "- certification: NEW-1"),
    ("domain: D1\n    key: know-more", "domain: D7\n    key: know-more", "unknown-reference",
     "- certification: NEW-1"),
    ("objective: know-things\n", "objective: know-nothing\n", "unknown-reference",
     "- certification: OLD-1\n    objective"),
    ("objective: know-more}", "objective: know-nothing}", "unknown-reference",
     "- certification: OLD-1\n    objective"),
    ("into: {certification: NEW-1", "into: {certification: OLD-1", "not-a-successor",
     "- certification: OLD-1\n    objective"),
    ("'certification:NEW-1'", "'certification:NEW-9'", "unknown-reference", "slug: acme-path"),
    ("'certification:NEW-1'", "'song:NEW-1'", "unknown-reference", "slug: acme-path"),
    ("    kind: vendor\n    vendor: acme\n", "    kind: vendor\n", "missing", "slug: acme-path"),
    ("certifications: [NEW-1]", "certifications: [NEW-9]", "unknown-reference", "slug: acme-book"),
    ("kind: book", "kind: [book]", "not-a-text", "kind: [book]"),
    ("steps: ['certification:NEW-1']", "steps: 'certification:NEW-1'", "wrong-shape",
     "steps: 'certification"),
    ("name: {en: Book}", f"name: {{en: {'B' * 161}}}", "too-long", "name: {en: BBB"),
    ("resources:\n", "resources: [\n", "not-yaml", None),
]  # fmt: skip


def problems_of(text: str, file: str = "all.yaml") -> list[tuple[int, str]]:
    with pytest.raises(CatalogRefusedError) as refused:
        read_catalog({file: text})
    return [(problem.place.line, problem.code) for problem in refused.value.problems]


def test_sound_catalogue_is_read_with_exact_numbers():
    catalog = read_catalog({"all.yaml": SOUND})

    old, new = catalog.certifications
    assert [domain.weight for domain in old.guides[0].domains] == [Decimal(60), Decimal(40)]
    assert new.guides[0].questions.length == 50
    assert new.guides[0].passing_share == Decimal("0.63")
    assert catalog.continuations[0].into_objective == "know-more"


@pytest.mark.parametrize(("old", "new", "code", "where"), BROKEN)
def test_broken_catalogue_names_code_and_line(old, new, code, where):
    assert SOUND.count(old) == 1, "the case must change exactly one place"
    text = SOUND.replace(old, new)

    found = problems_of(text)

    assert code in {each for _line, each in found}
    if where is not None:
        line = text[: text.index(where)].count("\n") + 1
        assert (line, code) in found


def test_every_problem_is_reported_at_once():
    text = SOUND
    for old, new in [
        ("'2026-01-31'", "'soon'"),
        ("weight: '40.00'", "weight: '41'"),
        ("kind: book", "kind: scroll"),
        ("'certification:NEW-1'", "'certification:NEW-9'"),
    ]:
        text = text.replace(old, new)

    codes = [code for _line, code in problems_of(text)]

    assert codes == ["retired", "not-a-date", "weights", "unknown-reference", "unknown-value"]


def test_problem_names_its_own_file():
    parts = SOUND.partition("resources:\n")
    files = {"a.yaml": parts[0], "b.yaml": "resources:\n" + parts[2].replace("NEW-1", "NEW-9")}

    with pytest.raises(CatalogRefusedError) as refused:
        read_catalog(files)

    assert str(refused.value) == ("b.yaml:2: there is no certification NEW-9 [unknown-reference]")


@pytest.mark.parametrize(
    "text", ["", "- a list", "vendors: []", "? [a, b]\n: c", "\x00", "a: &a [*a]"]
)
def test_what_is_no_catalogue_is_refused(text):
    assert problems_of(text)


def test_guide_without_domains_is_allowed():
    start = SOUND.index("        domains:\n          - {key: D1, name: {en: All")
    paths = SOUND[SOUND.index("paths:\n") :]

    catalog = read_catalog({"all.yaml": SOUND[:start] + paths})

    assert catalog.by_code()["NEW-1"].guides[0].domains == ()


@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=12))
def test_weights_are_accepted_exactly_when_they_make_100(hundredths):
    rows = "".join(
        f"          - {{key: D{n}, name: {{en: N, zh-hans: 名}}, weight: '{Decimal(w) / 100}'}}\n"
        for n, w in enumerate(hundredths, start=1)
    )
    start = SOUND.index("          - {key: D1, name: {en: All")
    end = SOUND.index("objectives:\n  - certification")
    text = SOUND[:start] + rows + SOUND[end:]

    if sum(hundredths) == 10_000:
        read_catalog({"all.yaml": text})
    else:
        assert "weights" in {code for _line, code in problems_of(text)}


@given(st.lists(st.integers(1, 60), min_size=2, max_size=6))
def test_decimal_weights_that_fill_up_to_100_are_never_refused(parts):
    # As floats many such sums miss 100 by a hair.
    weights = [Decimal(part) / 10 for part in parts]
    weights.append(Decimal(100) - sum(weights))
    rows = "".join(
        f"          - {{key: D{n}, name: {{en: N, zh-hans: 名}}, weight: {weight}}}\n"
        for n, weight in enumerate(weights, start=1)
    )
    start = SOUND.index("          - {key: D1, name: {en: All")
    end = SOUND.index("objectives:\n  - certification")

    catalog = read_catalog({"all.yaml": SOUND[:start] + rows + SOUND[end:]})

    assert len(catalog.by_code()["NEW-1"].guides[0].domains) == len(weights)


def test_shipped_catalogue_has_no_problem():
    files = {file.name: file.read_text(encoding="utf-8") for file in SHIPPED.glob("*.yaml")}

    catalog = read_catalog(files)

    assert len(catalog.certifications) == 23
    assert len(catalog.objectives) == 396
    assert len(catalog.continuations) == 119


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＣＬＦ－Ｃ０２", "clf-c02"),
        ("  Two   words ", "two words"),
        ("机器学习", "机器学习"),
        ("", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)
