"""What was probably meant by a name that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 12
_LONGEST = 60


def meant(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses `given`: what comes near, else what there is; empty when there is nothing."""
    names = sorted(set(known))
    by_plain = {name.lower(): name for name in names}
    near = get_close_matches(given[:_LONGEST].lower(), by_plain, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {by_plain[near[0]]}?"
    shown = ", ".join(names[:_FEW]) + (", …" if len(names) > _FEW else "")
    return f"; there are {shown}" if names else "; there are none yet"
