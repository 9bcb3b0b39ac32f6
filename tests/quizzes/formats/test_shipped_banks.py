"""The banks that the project ships: whole, valid, and telling nothing by their order."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from quizzes.engine.drawing import Candidate, draw, fillable_size
from quizzes.engine.kinds.registry import get_kind
from quizzes.formats import parse
from quizzes.formats.yaml_doc import dump

FOLDER = Path(__file__).parents[3] / "certportal" / "catalog" / "data" / "banks"
FILES = sorted(FOLDER.glob("*.yaml"))
BANKS = {path.stem: parse(path.read_bytes(), name=path.name) for path in FILES}
QUESTIONS = [question for bank in BANKS.values() for question in bank.questions]
MOCK_FORMATS = {"single", "multiple"}

# Weights of the active and beta certifications that have questions, with their official totals.
BLUEPRINTS = {
    "CLF-C02": ((24, 30, 34, 12), 65),
    "SAA-C03": ((30, 26, 24, 20), 65),
    "MLA-C02": ((28, 24, 24, 24), 65),
    "AI-901": (("42.5", "57.5"), 50),
    "DP-900": ((29, "23.7", "18.4", "28.9"), 50),
    "AI-300": (("18.9", "29.8", "24.3", "13.5", "13.5"), 50),
    "AI-103": (("28.2", "33.4", "12.8", "12.8", "12.8"), 50),
    "GCP-PMLE": (("12.9", "15.8", "20.8", "19.8", "17.8", "12.9"), 55),
    "GCP-PCA": ((25, "17.5", "17.5", 15, "12.5", "12.5"), 55),
    "DATABRICKS-SPARK": ((20, 20, 30, 10, 10, 5, 5), 45),
    "1Z0-071": (("6.3",) * 8 + ("6.2",) * 8, 63),
}
MOCKS = {"CLF-C02": 65, "SAA-C03": 28, "MLA-C02": 28}
RETIRED = {"MLS-C01", "MLA-C01", "AI-900", "DP-100", "AI-102"}


def weights_of(code):
    return {f"D{n}": weight for n, weight in enumerate(BLUEPRINTS[code][0], start=1)}


def candidates_for(code):
    return [
        Candidate(
            question_id=number,
            domain=placement.domain,
            enemy_group=question.enemy_group,
            official=question.kind in MOCK_FORMATS,
            difficulty=question.difficulty,
            last_seen=None,
            recent=False,
            exposure=0,
        )
        for number, question in enumerate(QUESTIONS)
        for placement in question.placements
        if placement.certification == code and not question.is_sample
    ]


def test_the_whole_bank_is_there():
    assert len(QUESTIONS) == 246
    assert {slug: len(bank.questions) for slug, bank in BANKS.items()} == {
        "ai-102": 12, "ai-900": 12, "clf-c02": 75, "databricks-spark": 12, "dp-100": 12,
        "dp-900": 12, "gcp-pca": 12, "gcp-pmle": 12, "mla-c01": 16, "mls-c01": 28,
        "oracle-1z0-071": 13, "saa-c03": 30,
    }  # fmt: skip


@pytest.mark.parametrize("slug", BANKS)
def test_no_bank_has_errors_or_warnings_and_all_are_canonical(slug):
    bank = BANKS[slug]

    assert (bank.errors, bank.warnings) == ((), ())
    assert dump(bank.questions) == (FOLDER / f"{slug}.yaml").read_text(encoding="utf-8")


def test_ids_are_unique_over_all_banks():
    assert max(Counter(question.external_id for question in QUESTIONS).values()) == 1


def test_all_kinds_are_there_in_both_languages():
    kinds = Counter(question.kind for question in QUESTIONS)
    languages = {tuple(sorted(question.body["stem"])) for question in QUESTIONS}

    assert kinds.keys() == {
        "single", "multiple", "true_false", "ordering", "matching", "numeric", "short_text",
    }  # fmt: skip
    assert languages == {("en", "zh-hans")}


def test_every_question_has_explanation_reference_objectives_and_a_home():
    for question in QUESTIONS:
        assert question.key["explanation"], question.external_id
        assert question.key["reference"].startswith("https://"), question.external_id
        assert question.checked_on, question.external_id
        assert question.placements, question.external_id
        assert all(placement.objectives for placement in question.placements), question.external_id
        if question.verification != "unverified":
            assert question.evidence, question.external_id


def test_every_option_has_a_rationale():
    for question in QUESTIONS:
        if question.kind in {"single", "multiple", "true_false"}:
            options = {option["id"] for option in question.body["options"]}
            assert set(question.key["option_rationales"]) == options, question.external_id


def test_every_placement_is_of_a_known_certification():
    codes = {placement.certification for question in QUESTIONS for placement in question.placements}

    assert codes == BLUEPRINTS.keys() | RETIRED


def test_mocks_are_possible_exactly_where_they_are_promised():
    sizes = {
        code: fillable_size(
            candidates_for(code), weights=weights_of(code), at_most=total, at_least=20
        )
        for code, (_, total) in BLUEPRINTS.items()
    }

    assert {code: size for code, size in sizes.items() if size} == MOCKS


@pytest.mark.parametrize(("code", "size"), MOCKS.items())
def test_promised_mocks_can_be_drawn(code, size):
    paper = draw(candidates_for(code), weights=weights_of(code), size=size, seed=1)

    assert len(paper.picks) == size
    assert not any(rule.startswith("weights") for rule in paper.relaxations)


def test_five_samples_from_the_practitioner_exam():
    samples = [question for question in QUESTIONS if question.is_sample]

    assert len(samples) == 5
    assert {sample.placements[0].certification for sample in samples} == {"CLF-C02"}
    assert {sample.placements[0].domain for sample in samples} == {"D2", "D3", "D4"}
    assert all(sample.verification != "unverified" for sample in samples)
    assert all(len(sample.placements) == 1 for sample in samples)


def chi_square(counts, places):
    expected = sum(counts.values()) / places
    return sum((counts[place] - expected) ** 2 / expected for place in range(places))


def places_of_right_options(kind, options):
    places = Counter()
    for question in QUESTIONS:
        ids = [option["id"] for option in question.body.get("options", ())]
        if question.kind == kind and len(ids) == options:
            assert ids == sorted(ids), question.external_id
            places.update(ids.index(right) for right in question.key["correct"])
    return places


# 1 % critical values of chi-square with 3 and 4 degrees of freedom.
@pytest.mark.parametrize(
    ("kind", "options", "critical"), [("single", 4, 11.34), ("multiple", 5, 13.28)]
)
def test_neither_place_nor_id_hints_at_the_right_option(kind, options, critical):
    places = places_of_right_options(kind, options)

    assert sum(places.values()) > 20
    assert chi_square(places, options) < critical


def test_stored_order_is_never_the_right_order():
    for question in QUESTIONS:
        if question.kind == "ordering":
            stored = [item["id"] for item in question.body["items"]]
            assert stored == sorted(stored)
            assert stored != question.key["order"], question.external_id


def test_stored_orders_are_no_nearer_to_the_right_order_than_chance():
    """Mean pairs in order over all ordering questions, within 3 standard errors of one half."""
    in_order = pairs = 0
    for question in QUESTIONS:
        if question.kind == "ordering":
            order = question.key["order"]
            pairs += math.comb(len(order), 2)
            in_order += sum(a < b for i, a in enumerate(order) for b in order[i + 1 :])

    assert pairs > 40
    assert abs(in_order / pairs - 0.5) < 3 * 0.5 / math.sqrt(pairs)


def test_matching_options_do_not_stand_in_the_order_of_their_prompts():
    lined_up = total = 0
    for question in QUESTIONS:
        if question.kind == "matching":
            prompts = [prompt["id"] for prompt in question.body["prompts"]]
            options = [option["id"] for option in question.body["options"]]
            total += len(prompts)
            lined_up += sum(
                options.index(question.key["pairs"][prompt]) == place
                for place, prompt in enumerate(prompts)
            )

    # By chance one pair of each question lines up: 17 questions, standard deviation about 4.
    assert total > 50
    assert lined_up < 17 + 3 * 4


def test_the_key_of_every_question_earns_full_marks():
    fields = {"correct": "choices", "order": "order", "pairs": "pairs", "value": "value"}
    for question in QUESTIONS:
        kind = get_kind(question.kind)
        answer = {fields[name]: right for name, right in question.key.items() if name in fields}
        if question.kind in {"single", "true_false"}:
            answer = {"choice": question.key["correct"][0]}
        if question.kind == "short_text":
            answer = {"text": question.key["accepted"][0]}
        clean = kind.clean_answer(question.body, answer)
        assert kind.is_complete(question.body, clean), question.external_id
        assert kind.grade(question.body, question.key, clean, rule="exam") == 1
