"""Who may change what; who may see it is said by `for_editor` of the QuerySets."""

from __future__ import annotations

from certportal.accounts.models import User
from quizzes.models import Exam, Question, QuestionSet


def may_edit_set(user: User, question_set: QuestionSet) -> bool:
    """Whether this person may write questions here. Nobody may in a shipped set."""
    return question_set.archived_at is None and question_set.may_be_changed_by(user)


def may_share_set(user: User, question_set: QuestionSet) -> bool:
    """Whether this person may say who else edits the set: its owner and administrators."""
    return may_edit_set(user, question_set) and (
        user.is_superuser or question_set.owner_id == user.pk
    )


def may_edit_question(user: User, question: Question) -> bool:
    """A question is edited with the rights of its home set, wherever else it stands."""
    return may_edit_set(user, question.home_set)


def may_edit_exam(user: User, exam: Exam) -> bool:
    """Whether this person may change a mock exam; those of the catalogue nobody may."""
    return exam.archived_at is None and exam.may_be_changed_by(user)


def may_share_exam(user: User, exam: Exam) -> bool:
    """Whether this person may say who else edits the exam: its owner and administrators."""
    return may_edit_exam(user, exam) and (user.is_superuser or exam.owner_id == user.pk)
