"""Imports a question file into a set, or rehearses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.formats import FORMATS, parse
from quizzes.models import Question, QuestionSet
from quizzes.services.importing import ShippedSetError, import_questions, report_as_json

UNREADABLE = 2
SOMETHING_REFUSED = 1
_STATUSES = (Question.Status.DRAFT, Question.Status.IN_REVIEW, Question.Status.READY)


class Command(BaseCommand):
    help = (
        "Import questions into a set of somebody's own; they are written in the name of its "
        "owner. The report is JSON on stdout. Exit status: 0 all good, 1 something was refused "
        "(then nothing was written, unless --valid-only), 2 unreadable."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument("--set", required=True, dest="slug", metavar="SLUG")
        parser.add_argument("--format", default="auto", choices=["auto", *sorted(FORMATS)])
        parser.add_argument("--dry-run", action="store_true", help="Rehearse; write nothing.")
        parser.add_argument(
            "--valid-only", action="store_true", help="Write the good questions all the same."
        )
        parser.add_argument(
            "--status",
            default=Question.Status.DRAFT.value,
            choices=[status.value for status in _STATUSES],
            help="What new questions become.",
        )
        parser.add_argument(
            "--report", default="json", choices=["json"], help="The form of the report."
        )

    def handle(self, *, path: Path, slug: str, **options: Any) -> None:
        try:
            bank = parse(path.read_bytes(), format=options["format"], name=path.name)
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read: {error.strerror}", returncode=UNREADABLE
            ) from error
        question_set = _own_set(slug)
        try:
            plan = import_questions(
                bank,
                question_set=question_set,
                by=question_set.owner,
                status=options["status"],
                dry_run=options["dry_run"],
                valid_only=options["valid_only"],
            )
        except ShippedSetError as error:
            raise CommandError(
                f"{slug} is shipped with the portal and read-only.", returncode=UNREADABLE
            ) from error
        self.stdout.write(json.dumps(report_as_json(plan), ensure_ascii=False, indent=2))
        if plan.errors:
            raise SystemExit(UNREADABLE if plan.is_unreadable else SOMETHING_REFUSED)


def _own_set(slug: str) -> QuestionSet:
    try:
        return QuestionSet.objects.in_use().get(slug=slug)
    except QuestionSet.DoesNotExist as error:
        raise CommandError(f"There is no set {slug} in use.", returncode=UNREADABLE) from error
