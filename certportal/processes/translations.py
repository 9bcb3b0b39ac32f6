"""Compiles the message catalogues; needs no GNU gettext."""

from __future__ import annotations

import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]


def compile_translations(folder: Path = BASE_DIR / "locale") -> list[Path]:
    """Write the .mo beside every newer .po below `folder`; return those written."""
    stale = [po for po in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(po)]
    if not stale:
        return []
    # Imported only when there is work: it costs a tenth of a second.
    import polib  # noqa: PLC0415

    written = []
    for source in stale:
        target = source.with_suffix(".mo")
        scratch = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(scratch))
        scratch.rename(target)
        written.append(target)
    return written


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


if __name__ == "__main__":
    for path in compile_translations():
        sys.stdout.write(f"compiled {path.relative_to(BASE_DIR)}\n")
