"""The form of a true-or-false question: two rows that always say the same."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.engine.kinds.base import Document
from quizzes.forms.kinds.base import EditRow, KindForm, Row

TRUE_AND_FALSE = (
    {"id": "a", "text": {"en": "True", "zh-hans": "正确"}},
    {"id": "b", "text": {"en": "False", "zh-hans": "错误"}},
)


class TrueFalseForm(KindForm):
    kind = "true_false"
    name = _("True or false")
    fewest_rows = len(TRUE_AND_FALSE)

    def __init__(
        self,
        data: Any = None,
        *,
        document: tuple[Document, Document] | None = None,
        seed: str = "",
    ) -> None:
        self._fixed = document[0]["options"] if document else list(TRUE_AND_FALSE)
        super().__init__(data, document=document or ({"options": self._fixed}, {}), seed=seed)

    def statements(self) -> list[tuple[EditRow, str, str]]:
        """The two rows with what they say in English and in Chinese."""
        texts = [row["text"] for row in self._fixed]
        return [
            (row, text.get("en", ""), text.get("zh-hans", ""))
            for row, text in zip(self.edit_rows(), texts, strict=False)
        ]

    def _rows(self) -> list[Row]:
        pairs = zip(self._fixed, self.options.forms, strict=False)
        return [Row(index, row["id"], form) for index, (row, form) in enumerate(pairs)]

    def _option_text(self, row: Row) -> dict[str, str]:
        text: dict[str, str] = self._fixed[row.index]["text"]
        return text

    def _finish(self, body: dict[str, Any]) -> None:
        body["choose"] = 1
