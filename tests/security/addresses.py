"""Every address that the resolver knows, with arguments that lead to somebody's real object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Model
from django.test.client import MULTIPART_CONTENT
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from certportal.accounts.services.class_invitations import token_of
from certportal.accounts.services.stopping_reminders import stop_link
from tests.security.world import World

UNKNOWN_ID = UUID("00000000-0000-4000-8000-000000000000")
UNKNOWN_KEY = 2_000_000_000


@dataclass(frozen=True)
class Address:
    """One entry of the resolver."""

    name: str
    """Namespace and name; the route where an entry has no name."""
    route: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Body:
    """What a POST carries so that it does something where it is allowed."""

    data: Any = field(default_factory=dict)
    content_type: str = MULTIPART_CONTENT


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns))


def _walk(
    patterns: list[URLPattern | URLResolver],
    spaces: tuple[str, ...] = (),
    start: str = "",
    arguments: tuple[str, ...] = (),
) -> Iterator[Address]:
    for pattern in patterns:
        route = f"{start}{pattern.pattern}"
        named = (*arguments, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, inside, route, named)
        else:
            name = ":".join((*spaces, pattern.name)) if pattern.name else f"/{route}"
            yield Address(name, route, named)


def path_to(address: Address, world: World, *, unknown: bool = False) -> str:
    """The path to the sample object, or one that leads to no object at all."""
    if address.name.startswith("/"):
        return _path_without_name(address, world, unknown=unknown)
    arguments = _arguments(address, world)
    if unknown:
        arguments = {name: _unknown(value) for name, value in arguments.items()}
    return reverse(address.name, kwargs=arguments)


def _path_without_name(address: Address, world: World, *, unknown: bool) -> str:
    """The administration has two kinds: an object without its last step, and the rest."""
    if "<path:object_id>" not in address.route:
        return "/admin/no/such/page/"
    found = _object(_admin_model(address.route.split("/")[1:3]), world).pk
    return address.name.replace("<path:object_id>", str(_unknown(found) if unknown else found))


def _arguments(address: Address, world: World) -> dict[str, Any]:
    if not address.arguments:
        return {}
    if address.route.startswith("admin/"):
        return _admin_arguments(address, world)
    if address.name.startswith("account_") or address.name.startswith("mfa_"):
        return _account_arguments(address.name, world)
    values = {
        "slug": world.classroom.slug
        if address.name.startswith("progress:class-")
        else world.exam.slug,
        "number": 1,
        "position": 1,
        "code": world.code_text,
        "token": _token(address.name, world),
        "exception_id": world.override.public_id,
        "public_id": _public_id(address.name, world),
    }
    return {name: values[name] for name in address.arguments}


def _public_id(name: str, world: World) -> UUID:
    ids = {
        "quizzes:attempt-result": world.finished,
        "quizzes:attempt-result-question": world.finished,
        "progress:class-student": world.owner,
        "progress:class-member": world.membership,
        "progress:class-member-remove": world.membership,
        "progress:class-code-revoke": world.code,
        "progress:class-invitation-change": world.own_invitation,
        "progress:class-sitting": world.sitting,
        "progress:class-sitting-grant": world.sitting,
        "progress:class-sitting-decide": world.sitting,
    }
    of_assignment = name.startswith(
        ("quizzes:assignment-", "progress:class-assignment", "progress:class-override-")
    )
    return ids.get(name, world.assignment if of_assignment else world.running).public_id


def _token(name: str, world: World) -> str:
    if name == "progress:class-invitation":
        return token_of(world.invitation)
    if name == "accounts:stop-reminders":
        return stop_link(world.owner).split("/")[-2]
    return world.calendar_token


def _account_arguments(name: str, world: World) -> dict[str, Any]:
    if name == "account_confirm_email":
        unconfirmed = EmailAddress.objects.get(user=world.owner, verified=False)
        return {"key": EmailConfirmationHMAC(unconfirmed).key}
    if name == "account_reset_password_from_key":
        token = default_token_generator.make_token(world.owner)
        return {"uidb36": user_pk_to_url_str(world.owner), "key": token}
    passkey = Authenticator.objects.get(user=world.owner, type=Authenticator.Type.WEBAUTHN)
    return {"pk": passkey.pk}


def _admin_arguments(address: Address, world: World) -> dict[str, Any]:
    if address.name == "admin:app_list":
        return {"app_label": "quizzes"}
    if address.name == "admin:view_on_site":
        return {"content_type_id": 1, "object_id": 1}
    model = _admin_model(address.route.split("/")[1:3])
    return dict.fromkeys(address.arguments, _object(model, world).pk)


def _admin_model(parts: list[str]) -> type[Model]:
    return apps.get_model(*parts)


def _object(model: type[Model], world: World) -> Model:
    own = {
        "user": world.owner,
        "questionset": world.own_set,
        "question": world.own_question,
        "exam": world.own_exam,
        "classroom": world.classroom,
        "membership": world.membership,
        "assignment": world.assignment,
    }
    # The latest: older tests may have left rows of their own.
    found = own.get(model._meta.model_name) or model._default_manager.order_by("pk").last()
    assert found is not None, f"the sample world has no {model._meta.label}"
    return found


def _unknown(value: Any) -> Any:
    if isinstance(value, UUID):
        return UNKNOWN_ID
    return UNKNOWN_KEY if isinstance(value, int) else "unknown-unknown"


def body_for(name: str, world: World) -> Body:
    """An address that is not named here gets an empty form."""
    guide = world.exam.guide
    entry = {"seq": 1, "item": 1, "answer": {"choice": "a"}}
    bodies = {
        "quizzes:practice": Body({"certification": guide.certification.slug, "size": "5"}),
        "quizzes:sample-detail": Body({"choice": "a"}),
        "quizzes:attempt-question": Body({"choice": "a", "go": "next"}),
        "quizzes:attempt-answers": Body(
            json.dumps({"epoch": 1, "entries": [entry]}), "application/json"
        ),
        "admin:quizzes_questionset_move": Body({"up": world.own_set.entries.get().pk}),
        "set-language": Body({"language": "zh-hans"}),
        "set-theme": Body({"theme": "dark"}),
    }
    return bodies.get(name, Body())
