"""CPU and memory of a tree of processes, read from /proc.

CPU per request is steadier than requests per second where the driver shares the
machine with the server, so it is the figure to compare.
"""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def _stats() -> dict[int, tuple[int, float]]:
    """Pid -> (parent, CPU seconds with those of its reaped children)."""
    table = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        table[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICK)
    return table


def tree(root: int) -> list[int]:
    """`root` and all its living descendants."""
    parents = {pid: parent for pid, (parent, _) in _stats().items()}
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(root: int) -> float:
    table = _stats()
    return sum(table[pid][1] for pid in tree(root) if pid in table)


def pss_megabytes(roots: list[int]) -> float:
    """Proportional set size of several trees: shared pages are counted once."""
    total = 0
    for root in roots:
        for pid in tree(root):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += int(
                next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1]
            )
    return total / 1024
