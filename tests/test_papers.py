"""What the documents say is true: commands, variables, paths, links, examples, numbers."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import struct
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, get_commands, load_command_class

from quizzes.formats import parse
from quizzes.models import QuestionSet
from quizzes.services.importing import import_questions
from tests.factories.accounts import UserFactory

ROOT = Path(__file__).resolve().parents[1]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in PAPERS]
PICTURES = sorted((ROOT / "docs/img").glob("*.png"))

# What pipelines and Django set, not operators.
NOT_FOR_OPERATORS = {"CI", "DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED"}


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the rows of the table whose head begins with `heading`."""
    table = text.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def code_of(text: str) -> str:
    """Code blocks and code spans, one after the other."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`]+)`", rest)])


# --- Commands ---


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_that_is_named_exists(name):
    code = code_of(text_of(name))

    assert (
        set(re.findall(r"(?:^| )make ([a-z][a-z-]*)", code, flags=re.MULTILINE)) <= make_targets()
    )


def test_the_readme_lists_every_make_target():
    table = rows(text_of("README.md"), "command")

    assert {row[0].strip("`").removeprefix("make ") for row in table} == make_targets()


@pytest.mark.parametrize("name", NAMES)
def test_every_management_command_that_is_named_exists(name):
    assert set(re.findall(r"manage\.py ([a-z_]+)", code_of(text_of(name)))) <= set(get_commands())


def test_the_readme_lists_our_management_commands_and_their_options():
    ours = {
        path.stem
        for path in ROOT.glob("[!.]*/**/management/commands/*.py")
        if path.stem != "__init__" and ".venv" not in path.parts
    }
    table = rows(text_of("README.md"), "`manage.py`")

    assert {row[0].strip("`").split()[0] for row in table} == ours
    for first, meaning in table:
        name = first.strip("`").split()[0]
        command = load_command_class(get_commands()[name], name)
        known = set(command.create_parser("manage.py", name)._option_string_actions)
        assert set(re.findall(r"--[a-z-]+", first + meaning)) <= known, name


def test_modules_that_are_run_exist():
    for name in NAMES:
        for module in re.findall(r"-m (certportal[\w.]*)", code_of(text_of(name))):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


# --- Variables ---


def variables_read() -> dict[str, str]:
    """Name and, where the code says it as a word or number, default of every variable."""
    compose = re.findall(r"\$\{([A-Z_]+)", text_of("compose.yaml"))
    found = dict.fromkeys(compose, "")
    by_settings = r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"(?:, default=\"?([\w]+)\"?\))?"
    by_others = r"environ(?:\.get\(|\[)\s*[\"']([A-Z_]+)[\"'](?:, [\"'](\w+)[\"'])?"
    for path in (ROOT / "certportal").rglob("*.py"):
        source = path.read_text()
        for name, default in re.findall(by_settings, source) + re.findall(by_others, source):
            found[name] = default or found.get(name, "")
    return found


def variables_told() -> dict[str, str]:
    return {row[0].strip("`"): row[1] for row in rows(text_of("README.md"), "variable")}


def test_the_readme_tells_every_variable_that_is_read_and_no_other():
    read = {name.removesuffix("_FILE") for name in variables_read()} - NOT_FOR_OPERATORS

    assert set(variables_told()) == read


def test_the_defaults_of_the_table_are_those_of_the_code():
    told = variables_told()
    in_words = {"True": "on", "False": "off"}
    defaults = {name: default for name, default in variables_read().items() if default}

    assert set(defaults) >= {"PORT", "WEB_CONCURRENCY", "SIGNUP", "DEBUG", "MOCKS_DRAW_UNVERIFIED"}
    for name, default in defaults.items():
        assert in_words.get(default, f"`{default}`") in told[name], name


def test_the_example_of_an_environment_names_nothing_else():
    named = re.findall(r"^#?([A-Z_]+)=", text_of(".env.example"), flags=re.MULTILINE)

    assert named
    assert set(named) <= set(variables_told())


@pytest.mark.parametrize("name", ["docs/operator.md", "SECURITY.md", "CONTRIBUTING.md"])
def test_other_papers_name_variables_of_the_table(name):
    known = set(variables_told()) | {"NAME_FILE"}
    # With an underscore, so that words such as BEGIN are not meant.
    named = re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", text_of(name))

    assert set(named) <= known


# --- The example ---


def example() -> bytes:
    found = re.findall(r"^```yaml\n(.*?)^```", text_of("README.md"), flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return found[0].encode()


def test_the_example_of_a_question_file_is_without_fault():
    bank = parse(example(), name="questions.yaml")

    assert (bank.errors, bank.warnings, len(bank.questions)) == ((), (), 1)


@pytest.mark.django_db
def test_the_example_can_be_imported_beside_the_shipped_catalogue():
    call_command("load_catalog", verbosity=0)
    own = QuestionSet.objects.create(slug="my-questions", title="Mine", owner=UserFactory())

    plan = import_questions(parse(example()), question_set=own, by=own.owner, status="ready")

    assert plan.errors == []
    assert own.home_questions.get().placements.get().aims.count() == 1


# --- The house ---


def listed_files() -> list[tuple[str, str]]:
    """(path, sentence) of every file in the tree of ARCHITECTURE.md."""
    found: list[tuple[str, str]] = []
    for root, block in re.findall(
        r"^### `([\w/]+/)`.*?\n```\n(.*?)^```",
        text_of("ARCHITECTURE.md"),
        flags=re.MULTILINE | re.DOTALL,
    ):
        for line in block.splitlines():
            path, sentence = line.split(maxsplit=1)
            found.append((root + path, sentence))
    return found


def test_the_tree_lists_files_of_every_floor():
    roots = {path.split("/")[0] for path, _sentence in listed_files()}

    assert roots == {"certportal", "quizzes", "progress"}


@pytest.mark.parametrize(("path", "sentence"), listed_files(), ids=lambda value: value[:40])
def test_a_listed_file_says_the_same_about_itself(path, sentence):
    docstring = ast.get_docstring(ast.parse(text_of(path)))

    assert docstring is not None
    assert docstring.splitlines()[0] == sentence


def test_every_python_file_begins_with_a_sentence_about_itself():
    folders = ("certportal", "quizzes", "progress", "bench")
    silent = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_paths_in_code_spans_exist(name):
    text = re.sub(r"^```.*?^```", "", text_of(name), flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:py|toml|yaml|md))`", text)
    # What machines make, what examples call their own, and pages named in short.
    made = {"var/pg", "VAR_DIR/pg", "VAR_DIR/static", "manage.py", "questions.yaml"}
    short = {span for span in spans if span.startswith(("engine/", "formats/"))}
    wrong = [
        span for span in spans if span not in made | short and not any(ROOT.glob(span.rstrip("/")))
    ]

    assert wrong == []


def test_names_in_the_architecture_are_names_in_the_code():
    sources = "\n".join(
        path.read_text()
        for folder in ("certportal", "quizzes", "progress")
        for path in (ROOT / folder).rglob("*.py")
    )
    words = set(re.findall(r"\b\w+\b", sources))
    named = re.findall(r"`\.?([A-Za-z]\w*_\w+|[a-z]{3,})(?:\(\w*\))?`", text_of("ARCHITECTURE.md"))

    assert len(named) > 20
    assert set(named) <= words


def test_the_architecture_can_be_read_in_one_sitting():
    assert len(text_of("ARCHITECTURE.md").splitlines()) <= 200


# --- Links, pictures, numbers ---


def anchors(path: Path) -> set[str]:
    """What a link may name in a document, as code hosts make it of headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", NAMES)
def test_links_between_documents_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(name)):
        if target.startswith("https://"):
            continue
        file, _hash, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_every_picture_is_shown_and_light():
    assert PICTURES
    for path in PICTURES:
        data = path.read_bytes()
        width = struct.unpack(">I", data[16:20])[0]
        assert f"docs/img/{path.name}" in text_of("README.md")
        assert width == 1280, path.name
        assert len(data) < 200_000, path.name


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_the_numbers_of_the_content_are_right(name):
    data = ROOT / "certportal/catalog/data"
    catalogue = yaml.safe_load((data / "catalog/certifications.yaml").read_text())
    banks = [path.read_text() for path in (data / "banks").glob("*.yaml")]
    questions = sum(len(re.findall(r"^- id: ", bank, flags=re.MULTILINE)) for bank in banks)
    text = " ".join(text_of(name).split())

    assert f"{len(catalogue['certifications'])} certifications" in text
    assert f"{questions} original questions" in text


# --- Licences ---


def pinned(name: str) -> set[str]:
    return set(re.findall(r"^([a-z][\w.-]*)==", text_of(name), flags=re.MULTILINE))


def licences() -> dict[str, str]:
    """Package -> its lines in NOTICE."""
    return {
        package: " ".join(words.split())
        for package, words in re.findall(
            r"^  ([a-z][\w-]+)  +(\S.*(?:\n {10,}\S.*)*)", text_of("NOTICE"), flags=re.MULTILINE
        )
    }


def test_the_notice_lists_what_the_portal_needs_at_run_time():
    assert set(licences()) == pinned("requirements.txt") | pinned("requirements-local.txt")


def test_the_notice_says_what_the_packages_say():
    compared = 0
    for package, told in licences().items():
        try:
            said = importlib.metadata.metadata(package).get("License-Expression")
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system than this one
        for licence in re.split(r" (?:OR|AND) ", said or ""):
            assert licence in told, package
        compared += bool(said)
    assert compared > 15
