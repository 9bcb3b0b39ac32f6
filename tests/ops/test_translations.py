from __future__ import annotations

import gettext
import os
import shutil
from pathlib import Path

import polib
import pytest

from certportal.processes import check_translations
from certportal.processes.translations import compile_translations

ROOT = Path(__file__).resolve().parents[2]


def _catalogue(root: Path, *entries: polib.POEntry) -> Path:
    path = root / "locale/zh_Hans/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    catalogue.extend(entries)
    catalogue.save(str(path))
    return path


def _entry(msgid: str, msgstr: str, **more) -> polib.POEntry:
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


def _age(path: Path, seconds: int) -> None:
    found = path.stat()
    os.utime(path, (found.st_atime, found.st_mtime + seconds))


def test_catalogues_are_compiled_once_and_again_after_a_change(tmp_path: Path):
    source = _catalogue(tmp_path, _entry("Hello", "你好"))
    (written,) = compile_translations(tmp_path / "locale")
    with written.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Hello") == "你好"
    assert compile_translations(tmp_path / "locale") == []

    _catalogue(tmp_path, _entry("Hello", "您好"))
    _age(source, 10)
    assert compile_translations(tmp_path / "locale") == [written]
    with written.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Hello") == "您好"


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (_entry("Hello", ""), "not translated"),
        (_entry("Hello", "Hello"), "only copied"),
        (_entry("Hello", "你好", flags=["fuzzy"]), "fuzzy"),
        (_entry("Hello", "你好", obsolete=True), "left over"),
        (_entry("%(n)s points", "%(m)s 分"), "other placeholders"),
        (_entry("%(n)s points", "分"), "other placeholders"),
        (
            polib.POEntry(msgid="%(n)s hour", msgid_plural="%(n)s hours", msgstr_plural={0: ""}),
            "not translated",
        ),
    ],
)
def test_each_fault_of_a_catalogue_is_named(tmp_path: Path, entry, complaint: str):
    _catalogue(tmp_path, _entry("Good", "好"), entry)
    (found,) = check_translations.problems(tmp_path)
    assert complaint in found
    assert repr(entry.msgid) in found


@pytest.mark.parametrize(
    "entry",
    [
        _entry("%(n)s points", "%(n)s 分"),
        _entry("Certportal", "Certportal"),
        _entry("100%%", "100%%"),
        polib.POEntry(
            msgid="one hour", msgid_plural="%(n)s hours", msgstr_plural={0: "%(n)s 小时"}
        ),
    ],
)
def test_a_good_entry_is_not_complained_about(tmp_path: Path, entry):
    _catalogue(tmp_path, entry)
    assert list(check_translations.problems(tmp_path)) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext searches the code")
def test_messages_missing_from_or_left_in_the_catalogue_are_named(tmp_path: Path):
    shutil.copytree(
        ROOT, tmp_path / "copy", ignore=shutil.ignore_patterns(".*", "var", "locale", "__pycache__")
    )
    root = tmp_path / "copy"
    (root / "templates/zz_new.html").write_text("{% load i18n %}{% translate 'Zebra crossing' %}")
    _catalogue(root, _entry("Nobody says this", "没人说"))
    found = list(check_translations.drift(root))
    assert any("missing: 'Zebra crossing'" in line for line in found)
    assert any("no longer used: 'Nobody says this'" in line for line in found)
