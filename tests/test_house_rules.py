"""House rules that no linter knows. Each failure names the file and the rule.

Rules of the look (nothing inline, tokens, icons) are in look/test_house_style.py.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("certportal", "quizzes", "progress")


def tracked() -> list[Path]:
    """What is in the repository, or would be: no environment, no data of this machine."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this copy is no repository")
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


FILES = tracked()
MODULES = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
PRODUCT = [path for path in MODULES if path.relative_to(ROOT).parts[0] in OURS]
# Mails are plain text: nothing in them is markup.
TEMPLATES = [
    path for path in FILES if path.is_relative_to(ROOT / "templates") and path.suffix == ".html"
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_the_lists_are_not_empty():
    assert len(PRODUCT) > 100
    assert len(TEMPLATES) > 50


# --- Files ------------------------------------------------------------------------------------

LONG = {
    # Declarations and data: one list, read from top to bottom.
    "certportal/settings.py": 420,
    # Whole designs of one thing.
    "static/css/layout.css": 750,
    "static/css/admin.css": 600,
    "static/css/components/words.css": 480,
    "static/css/components/actions.css": 480,
    "static/css/components/question.css": 520,
    "static/css/pages/admin-question.css": 580,
    # Made by other programs.
    "requirements.txt": 2_000,
    "requirements-dev.txt": 2_000,
    "requirements-local.txt": 2_000,
}
"""Files over 400 lines, each with the length from which it must be cut."""

UNCOUNTED = re.compile(
    # Data, catalogues of words, what others wrote; tests may tell many stories of one thing.
    r"\.(yaml|yml|po|svg|md|woff2|png|json|lock)$|/migrations/|/vendor/|^tests/|^bench/|^LICENSE"
)


def test_no_file_grows_without_end():
    too_long = {
        name_of(path): lines
        for path in FILES
        if not UNCOUNTED.search(name_of(path))
        and (lines := len(path.read_text().splitlines())) > LONG.get(name_of(path), 400)
    }

    assert too_long == {}


def test_migrations_say_what_they_do():
    names = [path.name for path in FILES if path.parent.name == "migrations"]

    assert [name for name in names if "_auto_" in name] == []
    assert [n for n in names if n != "__init__.py" and not re.fullmatch(r"\d{4}_\w+\.py", n)] == []


MACHINE = re.compile(r"/work/|\bshared/(design|content|bench)|/root/|/home/\w+/|\.pyenv")


def test_nothing_speaks_of_the_machine_it_was_made_on():
    speaking = [
        f"{name_of(path)}: {found[0]}"
        for path in FILES
        if path.suffix not in {".woff2", ".png", ".ico", ".jpg", ".mo"}
        and path != Path(__file__)
        and (found := MACHINE.search(path.read_text(errors="replace")))
    ]

    assert speaking == []


def test_nothing_is_left_to_do_in_comments():
    left = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert [
        name_of(path)
        for path in (*MODULES, *TEMPLATES)
        if path != Path(__file__) and left.search(path.read_text())
    ] == []


# --- Modules ----------------------------------------------------------------------------------

SENTENCE = re.compile(r"[A-Z\"'`].*[.!?)]$", re.DOTALL)


def is_package_marker(path: Path) -> bool:
    return path.name == "__init__.py" and not path.read_text().strip()


def test_every_module_begins_with_one_sentence():
    without = []
    for path in PRODUCT:
        if is_package_marker(path) or path.name in {"wsgi.py", "manage.py"}:
            continue
        docstring = ast.get_docstring(tree_of(path)) or ""
        first = docstring.split("\n\n")[0]
        if not SENTENCE.fullmatch(first):
            without.append(f"{name_of(path)}: {first[:60]!r}")

    assert without == []


def handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler))


BROAD = {"Exception", "BaseException"}
MAY_CATCH_ALL: dict[str, str] = {
    "quizzes/services/closing.py": "an attempt that cannot be graded must not keep others open",
    "quizzes/services/continuing.py": "nor may it lock its student out of every page",
    "quizzes/services/periodic.py": "a job that fails is logged; the others get their turn",
    "quizzes/management/commands/worker.py": "what breaks one thread must not stop the other",
}


def test_no_handler_catches_everything():
    broad = set()
    for path in PRODUCT:
        for handler in handlers(path):
            named = (
                {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}
                if (handler.type)
                else BROAD
            )
            if named & BROAD:
                broad.add(name_of(path))

    assert broad == set(MAY_CATCH_ALL)


def test_views_ask_for_rows_by_their_owner():
    """A row is fetched through what its reader may see, never by its bare number."""
    by_number = re.compile(r"objects\.(all\(\)\.)?get\((pk|id)=|get_object_or_404\(\w+,\s*(pk|id)=")

    assert [
        name_of(path)
        for path in PRODUCT
        if "views" in path.relative_to(ROOT).as_posix() and by_number.search(path.read_text())
    ] == []


def test_statements_are_written_out_or_made_by_django():
    """No SQL is put together from values; names and rows come from constants."""
    risky = re.compile(r"\.(raw|extra)\(|RawSQL\(|execute\(\s*f[\"']")

    found = sorted(name_of(path) for path in PRODUCT if risky.search(path.read_text()))

    assert found == SQL_WITH_NAMES


SQL_WITH_NAMES = [
    # Names that Django's own function quotes: the cache's table, a left-behind test database.
    "certportal/housekeeping.py",
    "certportal/local_postgres/backend/creation.py",
]


# --- What is safe to show ---------------------------------------------------------------------

SAFE_IN_PYTHON = {
    "certportal/lib/markdown.py": "the sanitiser itself",
    "certportal/templatetags/ui.py": "format_html, and the type of what Markdown gives",
    "quizzes/templatetags/exam.py": "numbers, fixed classes and escaped words, joined once",
    "progress/templatetags/class_table.py": "figures, fixed classes and escaped names, joined once",
    "quizzes/selectors/cards.py": "the empty text, and the type of what Markdown gives",
}
"""The only modules that may call a text safe, each with the reason why it is."""

SAYS_SAFE = re.compile(r"\b(mark_safe|SafeString|SafeText|format_html_join)\b|autoescape")


def test_only_these_modules_call_a_text_safe():
    saying = {name_of(path) for path in PRODUCT if SAYS_SAFE.search(path.read_text())}

    assert saying == set(SAFE_IN_PYTHON)


def test_no_template_calls_a_text_safe():
    saying = re.compile(r"\|\s*(safe|safeseq)\b|autoescape\s+off|\|\s*json_script")
    found = {
        f"{name_of(path)}: {match[0]}"
        for path in TEMPLATES
        for match in saying.finditer(path.read_text())
        if "json_script" not in match[0]
    }

    assert found == set()


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style\b|\sstyle=|\son[a-z]+=|javascript:",
    re.IGNORECASE,
)


def test_no_template_carries_inline_code():
    assert [name_of(path) for path in TEMPLATES if INLINE.search(path.read_text())] == []


OWN_CARDS = "static/js/exam/paper.js"
"""Makes HTML of the portal's own cards, by the one policy that the pages of an exam allow."""


def test_no_script_writes_markup_or_runs_text():
    scripts = [path for path in FILES if path.suffix == ".js" and "vendor" not in path.parts]
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.cssText"
    )

    assert len(scripts) > 3
    assert [name_of(path) for path in scripts if risky.search(path.read_text())] == [OWN_CARDS]
    assert "policy.createHTML" in (ROOT / OWN_CARDS).read_text()


def test_every_template_says_first_what_it_needs():
    assert [
        name_of(path)
        for path in TEMPLATES
        if not path.read_text().startswith(("{#", "{% comment %}"))
    ] == []


def test_forms_that_change_something_carry_the_token():
    """Every form of ours that posts has the token in it."""
    posting = re.compile(
        r"<form\b[^>]*method=[\"']post[\"'][^>]*>(.*?)</form>", re.DOTALL | re.IGNORECASE
    )
    without = [
        name_of(path)
        for path in TEMPLATES
        for match in posting.finditer(path.read_text())
        if "csrf_token" not in match[1]
    ]

    assert without == []
