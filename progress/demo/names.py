"""Names for people of a demonstration, from several parts of the world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Given and family names that go together; `order` says how they are written."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    zone: str = "Europe/Berlin"
    order: str = "{given} {family}"

    def full(self, number: int) -> str:
        """The name of the n-th person; all combinations come before any comes again."""
        row, column = divmod(number, len(self.given))
        family = self.family[(row + column) % len(self.family)]
        return self.order.format(given=self.given[column], family=family)


_KINDS = (
    Names(
        ("Anna", "Jonas", "Lena", "Felix", "Mia", "Paul"),
        ("Weber", "Schäfer", "Köhler", "Brandt", "Vogel", "Lindner", "Ziegler"),
    ),
    Names(
        ("伟", "芳", "静怡", "浩然", "雪", "俊杰"),
        ("王", "李", "陈", "刘", "赵", "周", "黄"),
        zone="Asia/Shanghai",
        order="{family}{given}",
    ),
    Names(
        ("Ayşe", "Emre", "Zeynep", "Mert", "Elif"),
        ("Yılmaz", "Demir", "Kaya", "Şahin", "Aydın", "Öztürk"),
    ),
    Names(
        ("Priya", "Arjun", "Ananya", "Rohan", "Meera"),
        ("Sharma", "Iyer", "Patel", "Reddy", "Das", "Kapoor"),
    ),
    Names(
        ("Sofía", "Mateo", "Lucía", "Diego", "Valeria"),
        ("García", "Moreno", "Navarro", "Ortega", "Ibáñez", "Peña"),
    ),
    Names(
        ("Chidi", "Amara", "Kofi", "Zainab", "Tunde"),
        ("Okafor", "Mensah", "Adeyemi", "Diallo", "Nwosu", "Bello"),
    ),
    Names(
        ("Oksana", "Piotr", "Katarzyna", "Dmytro", "Ivana"),
        ("Kovalenko", "Nowak", "Wójcik", "Horvat", "Shevchenko", "Novák"),
    ),
    Names(
        ("Wei Ling", "Jun", "Xiao Mei", "Hao", "Yuki"),
        ("Tan", "Lim", "Chen", "Zhang", "Wong", "Huang"),
    ),
    Names(
        ("Grace", "Liam", "Niamh", "Oliver", "Sinéad"),
        ("O'Connor", "Hughes", "Campbell", "Byrne", "Fraser", "Walsh"),
    ),
    Names(
        ("Yusuf", "Layla", "Omar", "Noor", "Samira"),
        ("Haddad", "Al-Masri", "Benali", "Farouk", "Khoury", "Mansour"),
    ),
)


def name_and_zone(number: int) -> tuple[str, str]:
    """The name and the time zone of the n-th simulated person, from 0."""
    row, kind = divmod(number, len(_KINDS))
    names = _KINDS[kind]
    return names.full(row), names.zone
