"""What all pages share that change a class."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import Http404, HttpResponse

from certportal.accounts.services.classes import ArchivedClassError

View = TypeVar("View", bound=Callable[..., HttpResponse])


def archived_is_not_found(view: View) -> View:
    """Answer 404 also when the class was archived after it had been looked up."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except ArchivedClassError as error:
            raise Http404 from error

    return cast(View, answer)


def status_of(form: Any) -> int:
    """200 for a form to fill in, 422 for one that was refused."""
    return 422 if form.is_bound else 200
