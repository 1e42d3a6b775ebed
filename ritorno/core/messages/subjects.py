"""Which of several subjects is the better one: by clicks of people, never by opens, which machines make (ENG-03)."""

from collections.abc import Sequence

import msgspec

from ritorno.core.lift import difference_of_shares


class SubjectArm(msgspec.Struct, frozen=True):
    """One subject of a step: how many messages left with it, and how many of them a person clicked in."""

    key: str
    sent: int
    clicked: int

    @property
    def share(self) -> float:
        return self.clicked / self.sent if self.sent else 0.0


def winner(arms: Sequence[SubjectArm]) -> str | None:
    """The subject that is clicked oftener than each other, beyond chance (95 %); None while nobody can say."""
    if len(arms) < 2:
        return None
    best = max(arms, key=lambda arm: (arm.share, arm.key))
    for other in arms:
        if other is best:
            continue
        found = difference_of_shares(best.clicked, best.sent, other.clicked, other.sent)
        if found is None or found.low <= 0:
            return None
    return best.key
