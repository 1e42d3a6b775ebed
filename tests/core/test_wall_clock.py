"""The pieces of a zone's clock."""

from itertools import pairwise

from ritorno.core.wall_clock import ALWAYS, FOREVER, instants_between, wall_clock
from ritorno.testing import JERUSALEM


def test_all_of_time_is_in_one_row_of_pieces_without_a_gap_between() -> None:
    pieces = list(instants_between(ALWAYS, FOREVER, FOREVER, JERUSALEM))
    assert pieces[0][0] == ALWAYS
    assert all(end == start for (_, end), (start, _) in pairwise(pieces))
    assert len(pieces) == len(wall_clock(JERUSALEM).starts)
