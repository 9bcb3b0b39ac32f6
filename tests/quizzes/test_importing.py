"""Question files and the shipped banks: what is written, what is left alone, what is refused."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from certportal.catalog.models import ExamGuide
from quizzes.formats import parse
from quizzes.management.commands import load_banks as command
from quizzes.models import (
    Exam,
    Placement,
    PlacementObjective,
    Question,
    QuestionRevision,
    QuestionSet,
    SetEntry,
)
from quizzes.selectors.mock_offers import mock_offers
from quizzes.services.authoring import revise
from quizzes.services.importing import (
    BrokenBanksError,
    ShippedSetError,
    import_questions,
    load_banks,
)
from tests.factories.catalog import ExamGuideFactory, ObjectiveFactory, make_guide
from tests.factories.quizzes import OwnerFactory, QuestionSetFactory

pytestmark = pytest.mark.django_db

HEAD = "format: certportal-questions-1\nquestions:\n"
QUESTION = """\
- id: {id}
  kind: single
  difficulty: {difficulty}
  verification: {verification}
  placements:
  - certification: {certification}
    domain: {domain}
    objectives: [{objectives}]
{more}
  body:
    stem: {{en: "{stem}"}}
    options:
    - {{id: a, text: {{en: One}}}}
    - {{id: b, text: {{en: Two}}}}
  key:
    correct: [{correct}]
    explanation: {{en: Count.}}
"""


def question(name="stones-001", **changes):
    values = {
        "difficulty": 2,
        "verification": "sourced",
        "certification": "STN-1",
        "domain": "D1",
        "objectives": "",
        "more": "",
        "stem": "How many?",
        "correct": "a",
    }
    return QUESTION.format(**{"id": name, **values, **changes})


def bank(*questions):
    return HEAD + "".join(questions)


@pytest.fixture
def guide():
    return make_guide(60, 40, certification__code="STN-1", certification__name="Stones")


@pytest.fixture
def load(tmp_path):
    """Load files by name and text as the shipped banks."""

    def load(*, dry_run=False, **files):
        for old in tmp_path.glob("*.yaml"):
            old.unlink()
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return load_banks(sorted(tmp_path.glob("*.yaml")), dry_run=dry_run)

    return load


TABLES = (QuestionSet, Question, QuestionRevision, SetEntry, Placement, PlacementObjective, Exam)


def rows():
    return {table.__name__: table.objects.count() for table in TABLES}


# ---- The banks that come with the portal ----------------------------------------------------


def test_shipped_banks_load_once_and_offer_the_mocks_that_they_fill(django_assert_max_num_queries):
    call_command("load_catalog", verbosity=0)
    call_command("load_banks", verbosity=0)
    before = rows()
    assert before["Question"] == before["QuestionRevision"] == before["SetEntry"] == 246
    assert before["QuestionSet"] == 12

    with django_assert_max_num_queries(75):
        report = load_banks(sorted(command.BANKS.glob("*.yaml")))
    assert (report.created, report.updated, report.retired, report.exams) == (0, 0, 0, 0)
    assert report.unchanged == 246
    assert rows() == before

    for question_set in QuestionSet.objects.all():
        assert question_set.is_shipped
        assert question_set.use == "both"
        assert question_set.owner is None
    assert not Question.objects.exclude(status="ready").exists()
    unverified = Question.objects.filter(verification="unverified")
    assert unverified.exists()
    assert set(unverified) <= set(Question.objects.to_review())
    assert Placement.objects.count() > 246
    samples = Placement.objects.filter(question__is_sample=True)
    assert sorted(samples.values_list("guide__certification__code", flat=True)) == ["CLF-C02"] * 5
    assert set(samples.values_list("domain__key", flat=True)) == {"D2", "D3", "D4"}

    guides = ExamGuide.objects.current().select_related("certification")
    with_domains = {it.certification.slug for it in guides if it.domains.exists()}
    assert set(Exam.objects.values_list("slug", flat=True)) == with_domains

    offers = mock_offers(guides.prefetch_related("domains")).values()
    sizes = {it.guide.certification.code: it.size for it in offers if it.available}
    assert sizes.pop("SAA-C03") in {27, 28}
    assert sizes == {"CLF-C02": 65, "MLA-C02": 28}


# ---- The loader -------------------------------------------------------------------------------


def test_a_bank_becomes_a_read_only_set_of_ready_questions(guide, load):
    first, second = (ObjectiveFactory(domain=guide.domains.first()) for _ in range(2))
    other = make_guide(100, certification__code="STN-2")
    also = "  - {certification: STN-2, domain: D1, fit: weak}"
    objectives = f"{second.key}, {first.key}"
    report = load(stones=bank(question(objectives=objectives, more=also), question("stones-002")))
    assert (report.sets, report.created, report.exams) == (1, 2, 2)

    question_set = QuestionSet.objects.get()
    assert (question_set.slug, question_set.title) == ("stn-1", "Stones")
    assert (question_set.is_shipped, question_set.use) == (True, "both")
    loaded = Question.objects.get(external_id="stones-001")
    assert (loaded.status, loaded.difficulty, loaded.verification) == ("ready", 2, "sourced")
    assert loaded.revisions.get().created_by is None
    home, further = loaded.placements.order_by("guide")
    assert [aim.objective for aim in home.aims.all()] == [second, first]
    assert (further.guide, further.fit) == (other, "weak")
    positions = question_set.entries.values_list("question__external_id", "position")
    assert list(positions) == [("stones-001", 1), ("stones-002", 2)]
    assert Exam.objects.get(slug="stn-1").guide == guide


def test_a_dry_run_writes_nothing_and_counts_the_same(guide, load):
    before = rows()
    report = load(stones=bank(question()), dry_run=True)
    assert (report.created, report.exams) == (1, 1)
    assert rows() == before


@pytest.mark.parametrize(
    ("changes", "change", "measure"),
    [
        ({"stem": "How many stones?"}, "content", 2),
        ({"correct": "b"}, "key", 2),
    ],
)
def test_a_changed_question_gets_a_revision(guide, load, changes, change, measure):
    load(stones=bank(question()))
    report = load(stones=bank(question(**changes)))
    assert (report.created, report.updated) == (0, 1)
    newest = QuestionRevision.objects.newest().get()
    assert (newest.number, newest.change, newest.measure) == (2, change, measure)


def test_changed_facts_and_places_make_no_revision(guide, load):
    load(stones=bank(question()))
    report = load(stones=bank(question(difficulty=5, domain="D2", verification="unverified")))
    assert report.updated == 1
    loaded = Question.objects.get()
    assert (loaded.difficulty, loaded.verification) == (5, "unverified")
    assert loaded.placements.get().domain.key == "D2"
    assert loaded.revisions.count() == 1


def test_what_a_person_has_revised_is_left_alone(guide, load):
    load(stones=bank(question()))
    loaded = Question.objects.get()
    newest = loaded.revisions.get()
    body = {**newest.body, "stem": {"en": "How many of them?"}}
    revise(loaded, body=body, key=newest.key, change="typo", by=OwnerFactory())

    report = load(stones=bank(question(stem="Other?", difficulty=5)))
    assert (report.updated, report.kept) == (0, 1)
    loaded.refresh_from_db()
    assert loaded.difficulty == 2
    assert QuestionRevision.objects.newest().get().body == body
    report = load(stones=bank(question("stones-002")))
    assert (report.created, report.retired) == (1, 0)


def test_a_question_that_left_its_file_retires_and_comes_back(guide, load):
    both = bank(question(), question("stones-002"))
    load(stones=both)
    assert load(stones=bank(question())).retired == 1
    gone = Question.objects.get(external_id="stones-002")
    assert gone.status == "retired"
    assert load(stones=bank(question())).retired == 0
    assert load(stones=both).updated == 1
    gone.refresh_from_db()
    assert (gone.status, gone.revisions.count()) == ("ready", 1)


def test_a_bank_that_left_retires_its_questions(guide, load):
    load(stones=bank(question()))
    assert load().retired == 1
    assert Question.objects.get().status == "retired"


def test_an_exam_follows_the_current_guide(guide, load):
    load(stones=bank(question()))
    guide.is_current = False
    guide.save()
    newer = make_guide(100, certification=guide.certification, version="2.0")
    load(stones=bank(question()))
    assert Exam.objects.get(slug="stn-1").guide == newer
    assert Question.objects.get().placements.get().guide == newer


def test_a_guide_without_domains_has_no_exam(load):
    ExamGuideFactory()
    assert load().exams == 0
    assert not Exam.objects.exists()


BROKEN = [
    (question(certification="NO-1"), "bank.yaml:3", "unknown_certification"),
    (question(domain="D9"), "bank.yaml:3", "unknown_domain"),
    (question(objectives="no-such"), "bank.yaml:3", "unknown_objective"),
    (question(correct="z"), "bank.yaml:18", "unknown_option"),
    (question(difficulty=9), "bank.yaml:5", "wrong_value"),
    (question(verification="hearsay"), "bank.yaml:6", "unknown_verification"),
    (question() + question(), "bank.yaml:20", "repeated_id"),
    (question(stem="").replace("  kind: single\n", ""), "bank.yaml:3", "missing_field"),
    (question().replace("body:", "body: ["), "bank.yaml", "bad_syntax"),
]


@pytest.mark.parametrize(("text", "where", "code"), BROKEN)
def test_a_broken_file_is_refused_whole(guide, load, text, where, code):
    before = rows()
    with pytest.raises(BrokenBanksError) as refusal:
        load(bank=bank(text, question("stones-100")), good=bank(question("stones-200")))
    found = [(it.where, it.code) for it in refusal.value.findings]
    assert any(spot.startswith(where) and name == code for spot, name in found), found
    assert rows() == before


def test_a_shipped_question_counts_somewhere_and_stands_in_one_file(guide, load):
    homeless = question("stones-300").replace(
        "  placements:\n  - certification: STN-1\n    domain: D1\n    objectives: []\n", ""
    )
    with pytest.raises(BrokenBanksError) as refusal:
        load(one=bank(question()), two=bank(question()), three=bank(homeless))
    assert {it.code for it in refusal.value.findings} == {"repeated_id", "nowhere"}


def test_the_command_lists_every_problem_and_fails(guide, monkeypatch, tmp_path):
    (tmp_path / "bank.yaml").write_text(bank(question(domain="D9"), question("b", correct="z")))
    monkeypatch.setattr(command, "BANKS", tmp_path)
    with pytest.raises(CommandError) as refusal:
        call_command("load_banks")
    assert refusal.value.returncode == 1
    text = str(refusal.value)
    assert "bank.yaml:3 stones-001 placements.0.domain" in text
    assert "unknown_option" in text
    assert not Question.objects.exists()


# ---- Somebody's own file ------------------------------------------------------------------------


@pytest.fixture
def own_set(guide):
    return QuestionSetFactory(slug="mine")


@pytest.fixture
def run(tmp_path, capsys, own_set):
    """Run the command on a text; exit status and report."""

    def run(text, *options, slug="mine", name="file.yaml"):
        (tmp_path / name).write_text(text)
        status = 0
        try:
            call_command("import_questions", str(tmp_path / name), "--set", slug, *options)
        except SystemExit as exit_:
            status = exit_.code
        return status, json.loads(capsys.readouterr().out)

    return run


def test_an_import_is_drafts_in_the_name_of_the_owner(run, own_set):
    status, report = run(bank(question(), question("stones-002")), "--report", "json")
    assert status == 0
    assert report == {
        "format": "yaml",
        "questions": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "errors": [],
        "errors_total": 0,
        "warnings": [],
    }
    assert set(own_set.home_questions.values_list("status", flat=True)) == {"draft"}
    assert QuestionRevision.objects.first().created_by == own_set.owner


def test_importing_again_updates_only_what_differs_and_keeps_the_status(run, own_set):
    run(bank(question(), question("stones-002")), "--status", "ready")
    own_set.home_questions.filter(external_id="stones-002").update(status="retired")
    text = bank(question(stem="Other?"), question("stones-002"), question("stones-003"))
    status, report = run(text)
    counts = {name: report[name] for name in ("created", "updated", "unchanged", "refused")}
    assert status == 0
    assert counts == {"created": 1, "updated": 1, "unchanged": 1, "refused": 0}
    statuses = own_set.home_questions.order_by("external_id").values_list("status", flat=True)
    assert list(statuses) == ["ready", "retired", "draft"]


def test_a_rehearsal_says_the_same_and_writes_nothing(run):
    text = bank(question(), question("stones-002", domain="D9"))
    rehearsal = run(text, "--dry-run")
    assert not Question.objects.exists()
    assert rehearsal == run(text)
    assert not Question.objects.exists()


def test_only_valid_questions_on_request(run):
    text = bank(question(), question("stones-002", domain="D9"), question("stones-003", correct=""))
    status, report = run(text, "--valid-only")
    assert status == 1
    assert (report["questions"], report["created"], report["refused"]) == (3, 1, 2)
    assert report["errors_total"] == len(report["errors"]) >= 2
    assert {"where", "code", "message"} == set(report["errors"][0])
    assert Question.objects.get().external_id == "stones-001"


def test_the_kind_of_a_question_stays(run, own_set):
    run(bank(question()))
    status, report = run(bank(question().replace("kind: single", "kind: true_false")))
    assert status == 1
    assert [it["code"] for it in report["errors"]] == ["kind_changed"]


def test_long_lists_of_errors_are_cut_and_counted(run):
    text = bank(*(question(f"q-{n}", domain="D9") for n in range(250)))
    status, report = run(text)
    assert status == 1
    assert (len(report["errors"]), report["errors_total"], report["refused"]) == (200, 250, 250)


@pytest.mark.parametrize("text", ["", "just words", "[1, 2", "format: other\nquestions: []\n"])
def test_an_unreadable_file_is_exit_2(run, text):
    status, report = run(text)
    assert status == 2
    assert report["errors"]
    assert not Question.objects.exists()


def test_an_unknown_format_is_exit_2(run):
    status, report = run("a,b\n1,2\n", name="file.csv")
    assert status == 2
    assert report["errors"][0]["code"] == "unknown_format"


@pytest.mark.parametrize("slug", ["nowhere", "stn-1", "old"])
def test_unknown_shipped_and_archived_sets_take_no_import(guide, load, tmp_path, slug):
    load(stones=bank(question()))
    QuestionSetFactory(slug="old", archived_at="2026-01-01T00:00Z")
    with pytest.raises(CommandError) as refusal:
        call_command("import_questions", str(tmp_path / "stones.yaml"), "--set", slug)
    assert refusal.value.returncode == 2


def test_a_missing_file_is_exit_2(own_set, tmp_path):
    with pytest.raises(CommandError) as refusal:
        call_command("import_questions", str(tmp_path / "no.yaml"), "--set", "mine")
    assert refusal.value.returncode == 2


def test_the_service_itself_refuses_shipped_sets(guide, load):
    load(stones=bank(question()))
    parsed = parse(bank(question("x")).encode(), name="x.yaml")
    with pytest.raises(ShippedSetError):
        import_questions(parsed, question_set=QuestionSet.objects.get(), by=OwnerFactory())
