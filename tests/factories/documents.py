"""A valid question of every kind, as body and key."""

from __future__ import annotations

import copy
from typing import Any

_OPTIONS = [
    {"id": "a", "text": {"en": "Amber", "zh-hans": "琥珀"}},
    {"id": "b", "text": {"en": "Basalt", "zh-hans": "玄武岩"}},
    {"id": "c", "text": {"en": "Chalk", "zh-hans": "白垩"}},
    {"id": "d", "text": {"en": "Dolomite", "zh-hans": "白云石"}},
]
_RATIONALES = {
    option["id"]: {"en": f"Because of {option['id']}.", "zh-hans": f"因为 {option['id']}。"}
    for option in _OPTIONS
}
_COMMON_KEY = {
    "explanation": {"en": "Stones differ.", "zh-hans": "石头各不相同。"},
    "reference": "https://docs.example.org/stones",
}

_DOCUMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "single": (
        {"options": _OPTIONS, "choose": 1},
        {"correct": ["b"], "option_rationales": _RATIONALES},
    ),
    "multiple": (
        {"options": _OPTIONS, "choose": 2},
        {"correct": ["a", "c"], "option_rationales": _RATIONALES},
    ),
    "true_false": (
        {
            "options": [
                {"id": "a", "text": {"en": "True", "zh-hans": "正确"}},
                {"id": "b", "text": {"en": "False", "zh-hans": "错误"}},
            ],
            "choose": 1,
        },
        {"correct": ["a"], "option_rationales": {"a": {"en": "It is."}, "b": {"en": "It is."}}},
    ),
    "ordering": ({"items": _OPTIONS[:3]}, {"order": ["c", "a", "b"]}),
    "matching": (
        {
            "prompts": [
                {"id": "p1", "text": {"en": "Yellow", "zh-hans": "黄色"}},
                {"id": "p2", "text": {"en": "Black", "zh-hans": "黑色"}},
            ],
            "options": _OPTIONS[:3],
        },
        {"pairs": {"p1": "a", "p2": "b"}},
    ),
    "numeric": ({"unit": {"en": "kg"}}, {"value": "90", "tolerance": "1"}),
    "short_text": ({}, {"accepted": ["median"], "case_sensitive": False}),
}

KINDS = tuple(_DOCUMENTS)


def body_and_key(kind: str = "single", *, stem: str = "Which stone is black?") -> tuple[Any, Any]:
    """Fresh copies, free to be changed."""
    body, key = copy.deepcopy(_DOCUMENTS[kind])
    return (
        {"kind": kind, "stem": {"en": stem, "zh-hans": f"{stem}（中文）"}, **body},
        {**copy.deepcopy(_COMMON_KEY), **key},
    )
