"""The settings of a question set."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import User
from quizzes.forms.editors import possible_editors
from quizzes.models import QuestionSet


class QuestionSetForm(forms.ModelForm[QuestionSet]):
    """The admin sets `person` and `may_share` on a class of its own for each request."""

    person: ClassVar[User]
    may_share: ClassVar[bool] = True

    class Meta:
        model = QuestionSet
        fields: ClassVar = ["title", "use", "description", "slug", "editors"]
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "editors": forms.CheckboxSelectMultiple,
        }
        help_texts: ClassVar = {
            "slug": _("Stands in addresses and imports. Left empty, it is made from the title."),
            "editors": _("Other instructors who may write questions here."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
        editors = self.fields.get("editors")
        if isinstance(editors, forms.ModelMultipleChoiceField):
            # Without the admin's wrapper, which offers to make people and hides that it is a group.
            editors.widget = getattr(editors.widget, "widget", editors.widget)
            editors.queryset = self._possible_editors()
            editors.disabled = not self.may_share

    def _possible_editors(self) -> Any:
        return possible_editors(
            owner_id=self.instance.owner_id or self.person.pk,
            now=self.instance.editors.all() if self.instance.pk else (),
        )

    def clean_slug(self) -> str:
        typed: str = self.cleaned_data["slug"]
        if typed:
            return typed
        base = slugify(self.cleaned_data.get("title", ""))[:60] or "set"
        taken = QuestionSet.objects.filter(slug=base).exclude(pk=self.instance.pk).exists()
        # Titles in Chinese leave nothing; two sets may have the same title.
        return f"{base}-{uuid.uuid4().hex[:6]}" if taken or base == "set" else base
