"""What is wrong with a roster and what to do about it, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from certportal.accounts.formats.roster_file import Problem

_SENTENCES = {
    # Of the file
    "too_large": _(
        "The file is larger than %(limit)s MB. Split it, or save only the columns named below."
    ),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it into several files."),
    "empty": _("The file is empty. Its first line names the columns."),
    "no_rows": _("Below the names of the columns stands nobody. Add a line for each person."),
    "encoding": _("The text cannot be read. Save the file as “CSV UTF-8”."),
    "not_a_table": _("This is no table. Save it as CSV, with a comma, semicolon or tab between."),
    "unknown_column": _(
        "There is a column “%(column)s”. Remove it, or give it one of the names below."
    ),
    "column_twice": _("The column “%(column)s” is there twice. Remove one of them."),
    "missing_column": _(
        "There is no column “%(column)s”. The first line must name it; take the template."
    ),
    "too_many_new_labels": _(
        "The file would create more than %(limit)s labels. "
        "Is the right column named “labels”? Several labels stand in one cell, with semicolons."
    ),
    # Of a row
    "no_address": _("There is no e-mail address. Fill it in, or remove the row."),
    "bad_address": _("“%(email)s” is no e-mail address. Correct it."),
    "twice": _("This address stands in line %(first)s already. Keep one of the two."),
    "same_person": _(
        "This address and the one in line %(first)s belong to the same member. Keep one of them."
    ),
    "formula": _(
        "“%(column)s” begins like a formula of a spreadsheet (=, +, - or @). Remove that sign."
    ),
    "unprintable": _("“%(column)s” holds signs that cannot be seen. Type it again."),
    "name_too_long": _("The name is longer than %(limit)s characters. Shorten it."),
    "reason_too_long": _("The reason is longer than %(limit)s characters. Shorten it."),
    "label_too_long": _("A label is longer than %(limit)s characters. Shorten it."),
    "too_many_labels": _("There are more than %(limit)s labels. Remove some."),
    "too_many_cells": _(
        "There are more cells than columns. Put a text that holds the separator in quotes."
    ),
    "bad_role": _("“%(role)s” is no role here. Write student or assistant, or nothing."),
    "is_instructor": _(
        "This person is an instructor of the class. Leave the role empty; "
        "it is changed on the person's page."
    ),
    "bad_time": _("“%(time)s” is no extra time. Write a factor from 1 to 3, such as 1.5 or 150%%."),
    "no_reason": _("Extra time needs a reason. Fill in the column “reason”."),
    "reason_without_time": _(
        "There is a reason and no extra time. Fill in “extra_time”, or remove the reason."
    ),
}


def sentence(problem: Problem) -> str:
    """Say what is wrong and what to do."""
    return str(_SENTENCES[problem.code]) % problem.facts
