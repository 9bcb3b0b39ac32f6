from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = {"run", "test", "test-slow", "check", "bench", "faults", "help"}


def _makefile() -> str:
    return (ROOT / "Makefile").read_text()


def test_make_offers_and_explains_the_commands_of_the_contract():
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    explained = set(re.findall(r"^make ([a-z-]+) +\S", shown.stdout, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", _makefile(), flags=re.MULTILINE))
    assert explained >= CONTRACT
    assert explained == targets
    phony = re.search(r"^\.PHONY: (.*)$", _makefile(), flags=re.MULTILINE)
    assert phony
    assert targets == set(phony[1].split())


def test_what_make_names_exists():
    for module in re.findall(r"python -m (certportal[\w.]*)", _makefile()):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for path in re.findall(r"(?:tests|requirements)[\w/.-]*\.(?:py|txt)", _makefile()):
        assert (ROOT / path).exists(), path


def test_the_pipeline_runs_every_check_and_stops_for_none():
    path = ROOT / ".ci/run"
    text = path.read_text()
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert re.findall(r"^step (\S+)$", text, flags=re.MULTILINE) == [
        "setup",
        "check",
        "test",
        "test-slow",
    ]
    assert re.search(r"if \[ \"\$\{#failed\[@\]\}\" -gt 0 \].*?exit 1", text, flags=re.DOTALL)


@pytest.mark.parametrize("script", [".ci/run", "deploy/make-secrets"])
def test_scripts_can_be_read_by_their_shell(script: str):
    shell = (ROOT / script).read_text().splitlines()[0].removeprefix("#!").split()
    subprocess.run([*shell, "-n", str(ROOT / script)], check=True)


@pytest.mark.skipif(shutil.which("node") is None, reason="JavaScript is checked where Node is")
def test_scripts_of_the_pages_are_correct_modules():
    paths = sorted((ROOT / "static").rglob("*.js"))
    for path in paths:
        done = subprocess.run(
            ["node", "--input-type=module", "--check"],
            input=path.read_bytes(),
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, f"{path}: {done.stderr.decode()}"


def test_node_is_there_in_the_pipeline():
    assert os.environ.get("CI") != "true" or shutil.which("node")


def _check_types(**environment: str) -> subprocess.CompletedProcess[str]:
    """`make types-js` on a machine without npm."""
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, "--no-print-directory", "types-js"],
        cwd=ROOT,
        env={"PATH": "/nowhere", **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_types_of_the_scripts_are_left_out_without_npm_but_never_in_the_pipeline():
    at_home, in_ci = _check_types(), _check_types(CI="true")

    assert at_home.returncode == 0
    assert "npm is missing" in at_home.stdout
    assert in_ci.returncode != 0
    assert "npm is missing" in in_ci.stderr
