"""An instructor writes questions through the forms of the administration."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from quizzes.models import Question, QuestionRevision, QuestionSet
from tests.factories.catalog import ExamDomainFactory
from tests.factories.documents import body_and_key
from tests.factories.quizzes import QuestionFactory
from tests.quizzes.admin.posting import ROWS, add_address, change_address, posted, use

pytestmark = pytest.mark.django_db


def errors(response):
    assert response.status_code == 422
    return response.content.decode()


def test_from_an_empty_set_to_questions_in_practice(desk, instructor, guide):
    domain = guide.domains.first()
    response = desk.post(
        reverse("admin:quizzes_questionset_add"),
        {"title": "Stones of week 4", "use": "both", "description": "", "slug": ""},
    )
    question_set = QuestionSet.objects.get()
    assert response.status_code == 302
    assert (question_set.owner, question_set.slug) == (instructor, "stones-of-week-4")
    page = desk.get(reverse("admin:quizzes_questionset_change", args=[question_set.pk]))
    assert "No questions yet" in page.content.decode()

    single = add_address("single", question_set.slug)
    assert desk.get(single).status_code == 200
    main = domain.objectives.last()
    response = desk.post(
        single,
        posted(
            ROWS,
            correct=[0],
            domain=domain,
            **{"places-0-main": main.pk, "places-0-further": [domain.objectives.first().pk]},
        ),
    )
    assert response.status_code == 302
    assert response["Location"].endswith(f"#card-{question_set.entries.get().pk}")

    response = desk.post(
        add_address("multiple", question_set.slug),
        posted(
            [*ROWS[:3], ("Coal", "煤", "It is black.", "它是黑色的。")],
            correct=[0, 3],
            domain=domain,
            external_id="stones-002",
            tells_number="on",
        ),
    )
    assert response.status_code == 302

    first, second = Question.objects.for_practice().order_by("external_id")
    assert (first.kind, second.kind) == ("single", "multiple")
    assert (first.tags, first.verification) == (["rocks", "colours"], "sourced")
    assert first.checked_on == timezone.localdate()
    placement = first.placements.get()
    assert placement.domain == domain
    assert [aim.objective for aim in placement.aims.all()] == [main, domain.objectives.first()]
    revision = first.revisions.get()
    assert revision.created_by == instructor
    right = next(it for it in revision.body["options"] if it["text"]["en"] == "Basalt")
    assert right["text"] == {"en": "Basalt", "zh-hans": "玄武岩"}
    assert len(revision.body["options"]) == 3
    assert revision.key["correct"] == [right["id"]]
    reasons = revision.key["option_rationales"]
    assert reasons[right["id"]] == {"en": "It is black.", "zh-hans": "它是黑色的。"}
    assert second.revisions.get().body["choose"] == 2

    page = desk.get(reverse("admin:quizzes_questionset_change", args=[question_set.pk]))
    text = page.content.decode()
    assert "Which stone is black?" in text
    assert "A D" in text


def test_ids_tell_nothing_about_the_key(desk, own_set, guide):
    ids = set()
    for number in range(8):
        desk.post(
            add_address("single"),
            posted(ROWS[:3], correct=[0], external_id=f"stones-{number}"),
        )
        ids.update(
            QuestionRevision.objects.newest()
            .get(question__external_id=f"stones-{number}")
            .key["correct"]
        )
    assert len(ids) > 1


def test_a_question_may_be_in_chinese_only(desk, own_set, guide):
    rows = [("", "玄武岩", "", "它是黑色的。"), ("", "白垩", "", "")]
    data = posted(rows, correct=[0], stem_en="", explanation_en="")
    assert desk.post(add_address("single"), data).status_code == 302
    body = QuestionRevision.objects.get().body
    assert set(body["stem"]) == {"zh-hans"}


def test_true_or_false_keeps_its_two_rows(desk, own_set, guide):
    assert "True" in desk.get(add_address("true_false")).content.decode()
    rows = [("", "", "Chalk is white.", "白垩是白色的。"), ("", "", "It is not black.", "")]
    data = posted(rows, correct=[1], domain=guide.domains.first(), initial=2)
    assert desk.post(add_address("true_false"), data).status_code == 302
    revision = QuestionRevision.objects.get()
    assert [it["id"] for it in revision.body["options"]] == ["a", "b"]
    assert revision.body["options"][1]["text"] == {"en": "False", "zh-hans": "错误"}
    assert revision.key["correct"] == ["b"]


BAD = [
    ({"correct": []}, "Mark exactly one option as right."),
    ({"correct": ["0", "1"]}, "Mark exactly one option as right."),
    ({"correct": ["nonsense"]}, "Mark exactly one option as right."),
    ({"stem_en": " ", "stem_zh": ""}, "Write the question, in English or in Chinese."),
    ({"options-1-text_en": ""}, "Write this in English: the question is in English."),
    ({"correct": ["3"]}, "Write this in English: the question is in English."),
    ({"options-1-text_en": "Basalt"}, "Another option says the same."),
    ({"options-0-why_en": ""}, "Write this in English: the question is in English."),
    ({"options-1-why_en": "", "options-1-why_zh": ""}, "Say why, or keep the question as a draft."),
    ({"reference": "basalt.txt"}, "Give an address that begins with https://."),
    ({"external_id": "taken"}, "Another question of this set has this name."),
    ({"external_id": "two words"}, "Use letters, digits, points, hyphens and underscores."),
    ({"external_id": ""}, "This field is required."),
    ({"difficulty": "6"}, "6 is not one of the available choices."),
    ({"status": "retired"}, "retired is not one of the available choices."),
    ({"places-0-domain": "999999"}, "Choose a domain of the list."),
    ({"places-0-domain": ""}, "Choose where it counts, or keep it as a draft."),
    ({"tags": ",".join("abcdefghijklmnopqrstuvwxyz")}, "Give at most 20 tags"),
    ({"options-TOTAL_FORMS": "200"}, "A question has at most 20 options."),
    ({"options-TOTAL_FORMS": "x"}, "The list of options was lost on the way."),
    ({"stem_en": "x" * 20_001}, "Ensure this value has at most 20000 characters"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD)
def test_bad_input_is_told_in_our_words_and_writes_nothing(desk, own_set, guide, changes, sentence):
    QuestionFactory(home_set=own_set, external_id="taken")
    data = posted(ROWS, correct=[0], domain=guide.domains.first())
    text = errors(desk.post(add_address("single"), {**data, **changes}))
    assert sentence in text
    assert "This is not saved yet." in text
    assert "它是黑色的。" in text or changes == {"options-TOTAL_FORMS": "x"}
    assert Question.objects.count() == 1


def test_objectives_belong_to_the_domain_and_guides_stand_once(desk, own_set, guide):
    first, second = guide.domains.all()
    data = posted(ROWS, correct=[0], domain=first)
    foreign = {"places-0-main": second.objectives.first().pk}
    assert "Choose an objective of this domain." in errors(
        desk.post(add_address("single"), {**data, **foreign})
    )
    twice = {"places-TOTAL_FORMS": "2", "places-1-domain": second.pk}
    assert "This certification has a place above." in errors(
        desk.post(add_address("single"), {**data, **twice})
    )
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"correct": []}, "Mark the right options."),
        ({"correct": ["0"], "tells_number": "on"}, "Mark at least two options as right"),
    ],
)
def test_bad_multiple_response(desk, own_set, guide, changes, sentence):
    data = {**posted(ROWS, correct=[0, 1]), **changes}
    text = errors(desk.post(add_address("multiple"), data))
    assert sentence in text


def test_all_that_apply_may_be_one(desk, own_set, guide):
    assert desk.post(add_address("multiple"), posted(ROWS, correct=[0])).status_code == 302
    assert "choose" not in QuestionRevision.objects.get().body


@pytest.mark.parametrize(
    ("button", "shown"),
    [
        ("_more_options", 'name="options-4-text_en"'),
        ("_more_places", 'name="places-1-domain"'),
        ("_refresh", "Main objective"),
        ("_preview", "Basalt is."),
    ],
)
def test_buttons_work_without_a_script_and_save_nothing(desk, own_set, guide, button, shown):
    data = posted(ROWS, correct=[], domain=guide.domains.first(), stem_zh="")
    del data["_save"]
    response = desk.post(add_address("single"), {**data, button: "1"})
    text = response.content.decode()
    assert response.status_code == 200
    assert shown in text
    assert "它是白色的。" in text
    assert "not saved" not in text
    assert 'class="field-error"' not in text
    assert not Question.objects.exists()


def test_unfinished_rows_are_no_fault_in_a_preview(desk, own_set, guide):
    data = posted([("Only one", "", "", "")], correct=[], stem_en="")
    response = desk.post(add_address("single"), {**data, "_preview": "1"})
    assert response.status_code == 200


def edited(question, **changes):
    """What the desk posts for a stored question of the factory when nothing is touched."""
    body, key = body_and_key(question.kind)
    rows = [
        (
            option["text"]["en"],
            option["text"]["zh-hans"],
            key["option_rationales"][option["id"]]["en"],
            key["option_rationales"][option["id"]]["zh-hans"],
            option["id"],
        )
        for option in body["options"]
    ]
    domain = question.placements.get().domain
    values = {
        "stem_en": body["stem"]["en"],
        "stem_zh": body["stem"]["zh-hans"],
        "explanation_en": key["explanation"]["en"],
        "explanation_zh": key["explanation"]["zh-hans"],
        "reference": key["reference"],
        "seen": "1",
        "places-INITIAL_FORMS": "1",
        "tags": "",
        "tells_number": "on",
    }
    correct = [number for number, row in enumerate(rows) if row[4] in key["correct"]]
    plain = posted(rows, correct=correct, domain=domain, initial=len(rows))
    return {**plain, **values, **changes}


@pytest.fixture
def question(own_set, guide):
    return QuestionFactory(home_set=own_set, domain=guide.domains.first())


def test_a_question_is_given_a_block_and_put_on_trial_and_back(desk, question):
    desk.post(change_address(question), edited(question, block="case", is_pilot="on"))
    question.refresh_from_db()
    kept = (question.block, question.is_pilot)
    desk.post(change_address(question), edited(question))
    question.refresh_from_db()

    assert kept == ("case", True)
    assert (question.block, question.is_pilot) == ("", False)


@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_saving_untouched_makes_no_revision(desk, own_set, guide, kind):
    question = QuestionFactory(home_set=own_set, kind=kind, domain=guide.domains.first())
    assert desk.get(change_address(question)).status_code == 200
    assert desk.post(change_address(question), edited(question)).status_code == 302
    assert question.revisions.count() == 1


def test_browsers_send_crlf_and_that_is_no_change(desk, own_set, guide):
    question = QuestionFactory(
        home_set=own_set, domain=guide.domains.first(), revision__stem="One\n\nTwo"
    )
    data = edited(question, stem_en="One\r\n\r\nTwo", stem_zh="One\r\n\r\nTwo（中文）")
    assert desk.post(change_address(question), data).status_code == 302
    assert question.revisions.count() == 1


def test_an_unused_question_changes_without_being_asked(desk, question, instructor):
    data = edited(question, stem_en="Which stone is really black?", difficulty="5")
    assert "What did you change?" not in desk.get(change_address(question)).content.decode()
    assert desk.post(change_address(question), data).status_code == 302
    newest = question.revisions.get(number=2)
    assert (newest.change, newest.measure, newest.created_by) == ("content", 2, instructor)
    assert newest.body["stem"]["en"] == "Which stone is really black?"
    question.refresh_from_db()
    assert question.difficulty == 5
    history = desk.get(reverse("admin:quizzes_question_history", args=[question.pk]))
    assert "version 2" in history.content.decode()


def test_a_used_question_asks_what_was_changed(desk, question):
    use(question)
    address = change_address(question)
    assert "What did you change?" in desk.get(address).content.decode()
    data = edited(question, correct=["2"])
    assert "Choose what you changed." in errors(desk.post(address, data))
    assert "You changed more than that." in errors(desk.post(address, {**data, "change": "typo"}))
    assert question.revisions.count() == 1
    assert desk.post(address, {**data, "change": "key"}).status_code == 302
    newest = question.revisions.get(number=2)
    assert (newest.change, newest.measure, newest.key["correct"]) == ("key", 2, ["c"])


def test_a_typo_in_a_used_question_keeps_its_measure(desk, question):
    use(question)
    data = edited(question, stem_en="Which stone is black??", change="typo")
    assert desk.post(change_address(question), data).status_code == 302
    assert question.revisions.get(number=2).measure == 1


def test_what_is_only_said_about_a_used_question_asks_nothing(desk, question):
    use(question)
    assert desk.post(change_address(question), edited(question, status="draft")).status_code == 302
    question.refresh_from_db()
    assert question.status == "draft"


def test_options_come_and_go_with_their_ids(desk, question):
    data = edited(question, correct=["1"])
    data |= {
        "options-0-text_en": "",
        "options-0-text_zh": "",
        "options-0-why_en": "",
        "options-0-why_zh": "",
        "options-TOTAL_FORMS": "5",
        "options-4-text_en": "Emerald",
        "options-4-text_zh": "祖母绿",
        "options-4-why_en": "It is green.",
    }
    assert desk.post(change_address(question), data).status_code == 302
    options = question.revisions.get(number=2).body["options"]
    assert [it["text"]["en"] for it in options] == ["Basalt", "Chalk", "Dolomite", "Emerald"]
    assert [it["id"] for it in options][:3] == ["b", "c", "d"]
    assert len({it["id"] for it in options}) == 4


def test_texts_in_other_languages_outlive_an_edit(desk, own_set, guide):
    body, key = body_and_key()
    body["stem"]["de"] = "Welcher Stein ist schwarz?"
    body["options"][0]["text"]["de"] = "Bernstein"
    question = QuestionFactory(
        home_set=own_set,
        domain=guide.domains.first(),
        revision__body=body,
        revision__key=key,
    )
    desk.post(change_address(question), edited(question, stem_en="Black is which?"))
    newest = question.revisions.get(number=2).body
    assert newest["stem"]["de"] == "Welcher Stein ist schwarz?"
    assert newest["options"][0]["text"]["de"] == "Bernstein"


def test_a_page_that_grew_old_does_not_overwrite(desk, question, instructor):
    address = change_address(question)
    desk.post(address, edited(question, stem_en="The first to save?"))
    text = errors(desk.post(address, edited(question, stem_en="The second to save?")))
    assert "Somebody saved another version" in text
    assert "The second to save?" in text
    assert question.revisions.count() == 2


def test_a_place_in_an_old_guide_stays(desk, question):
    domain = question.placements.get().domain
    domain.guide.is_current = False
    domain.guide.save()
    ExamDomainFactory()
    assert desk.post(change_address(question), edited(question)).status_code == 302
    assert question.placements.get().domain == domain


def test_the_external_id_stays(desk, question):
    before = question.external_id
    assert desk.post(change_address(question), edited(question)).status_code == 302
    question.refresh_from_db()
    assert question.external_id == before


@pytest.mark.parametrize("kind", ["ordering", "matching", "numeric", "short_text"])
def test_kinds_without_a_form_are_shown_to_read(desk, own_set, guide, kind):
    question = QuestionFactory(home_set=own_set, kind=kind, domain=guide.domains.first())
    page = desk.get(change_address(question))
    assert page.status_code == 200
    assert "come by import" in page.content.decode()
    assert desk.post(change_address(question), {"stem_en": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("button", "target"),
    [("_continue", "/change/"), ("_addanother", "set=stones&kind=single"), ("_save", "#card-")],
)
def test_each_button_leads_on(desk, question, button, target):
    data = edited(question)
    del data["_save"]
    response = desk.post(change_address(question), {**data, button: "1"})
    assert target in response["Location"]


def test_a_new_question_needs_a_set_and_a_kind(desk, own_set):
    address = reverse("admin:quizzes_question_add")
    for query in ("", "?kind=single", "?set=stones", "?set=stones&kind=essay"):
        text = desk.get(address + query).content.decode()
        assert 'name="kind"' in text
        assert "Stones" in text


def test_without_a_set_the_page_leads_to_one(desk):
    text = desk.get(reverse("admin:quizzes_question_add")).content.decode()
    assert reverse("admin:quizzes_questionset_add") in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_versions_and_preview_stand_beside(desk, question, language):
    desk.post(change_address(question), edited(question, stem_en="Newer?"))
    desk.cookies["django_language"] = language
    text = desk.get(change_address(question)).content.decode()
    assert text.count("<time") == 2
    assert text.count('class="desk-paper"') == 2


def test_a_draft_may_wait_for_its_reasons(desk, own_set, guide):
    rows = [("Basalt", "", "", ""), ("Chalk", "", "", "")]
    assert desk.post(add_address("single"), posted(rows, correct=[0])).status_code == 302


def test_the_set_shows_words_and_no_marks(desk, own_set, guide):
    data = posted(ROWS, correct=[0], stem_en="Which **stone** is `a < b`?", stem_zh="")
    data |= {name: "" for name in data if name.endswith("_zh")}
    page = desk.post(add_address("single"), data, follow=True).content.decode()
    assert "Which stone is a &lt; b?" in page
