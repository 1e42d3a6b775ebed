"""How everyone answers messages, per channel: the whole-base reading of `core/scores/engagement.py`."""

from typing import NamedTuple

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from ritorno.core.events import Channel
from ritorno.core.instants import Span
from ritorno.core.scores.engagement import ANSWERED, CLICKED, DELIVERED, KNOWN, OPENS, UNANSWERED
from ritorno.whole.behaviour_expr import EVENTS, by_hand, next_told
from ritorno.whole.columns import FIGURES, Column, Columns, Moment, count_rows, earliest, greatest_of
from ritorno.whole.windows import Window, is_in, turns, up_to

_BEST_FIRST = ("high", "medium", "low", "none", "unknown")


class _Answers(NamedTuple):
    delivered: Column
    answered: Column
    clicked: Column
    ignored: Column | None  # the first open that nothing followed


def level(channels: tuple[Channel, ...], columns: Columns) -> Column:
    """The level of the channel, or the best of several."""
    levels = [columns.stage(FIGURES, _level(_answers(channel, columns), columns)) for channel in channels]
    if len(levels) == 1:
        return levels[0]
    rank = columns.stage(FIGURES + 1, lambda joined: ibis.least(*(_rank(level(joined)) for level in levels)))
    return lambda joined: ibis.cases(*((rank(joined) == place, name) for place, name in enumerate(_BEST_FIRST)))


def _rank(level: Value) -> Value:
    return ibis.cases(*((level == name, place) for place, name in enumerate(_BEST_FIRST)), else_=len(_BEST_FIRST))


def level_turns(channels: tuple[Channel, ...], columns: Columns) -> Moment:
    """When a window that a level is counted in is next left."""
    base = columns.base

    def of_channels(rows: Table) -> BooleanValue:
        return rows.channel.isin([channel.value for channel in channels]) & by_hand(rows)

    spans = {DELIVERED, ANSWERED, UNANSWERED, CLICKED}
    left = [turns(columns, EVENTS, "at", Window(span), of_channels, base) for span in sorted(spans, key=str)]
    orders = turns(columns, ("orders",), "occurred_at", Window(), lambda _: ibis.literal(True), base)
    return earliest(*left, orders, next_told(columns))


def _level(answers: _Answers, columns: Columns) -> Column:
    unanswered = Window(UNANSWERED).at(columns.base.now, columns.base.tz)

    def is_low(joined: Table) -> BooleanValue:
        if answers.ignored is None:
            return ibis.literal(False)
        return answers.ignored(joined).notnull() & ~is_in(answers.ignored(joined), unanswered)

    return lambda joined: ibis.cases(
        (ibis.coalesce(answers.delivered(joined), 0) < KNOWN, "unknown"),
        (ibis.coalesce(answers.answered(joined), 0) > 0, "high"),
        (ibis.coalesce(is_low(joined), False), "low"),
        (ibis.coalesce(answers.clicked(joined), 0) > 0, "medium"),
        else_="none",
    )


def _answers(channel: Channel, columns: Columns) -> _Answers:
    def counted(names: tuple[str, ...], span: Span) -> Column:
        inside = Window(span).at(columns.base.now, columns.base.tz)
        return columns.of(EVENTS, count_rows, lambda rows: is_in(rows.at, inside) & _by(channel, names, rows))

    ignored = None
    if channel is not Channel.SMS:
        source = columns.source(("ignored", channel), lambda: _ignored(channel, columns))
        ignored = columns.of(source, greatest_of("first"), lambda _: ibis.literal(True))
    return _Answers(
        counted(("delivered",), DELIVERED),
        counted(("clicked", "replied"), ANSWERED),
        counted(("clicked",), CLICKED),
        ignored,
    )


def _by(channel: Channel, names: tuple[str, ...], rows: Table) -> BooleanValue:
    told = rows.name.isin([f"message_{name}" for name in names])
    return told & (rows.channel == channel.value) & by_hand(rows)


def _ignored(channel: Channel, columns: Columns) -> Table:
    """(customer_id, first): the first open since the last click or purchase, of those with opens and deliveries enough
    from it on."""
    events, orders, now = columns.table(EVENTS), columns.table(("orders",)), up_to(columns.base.now)
    seen = events.filter(is_in(events.at, now), _by(channel, ("delivered", "opened", "clicked"), events))
    opened = seen.filter(seen.name == "message_opened").select("customer_id", "at")
    clicks = seen.filter(seen.name == "message_clicked").select("customer_id", "at")
    bought = orders.filter(is_in(orders.occurred_at, now)).select("customer_id", at=orders.occurred_at)
    bought = bought.semi_join(opened, "customer_id")
    answered = clicks.union(bought).group_by("customer_id").aggregate(last_yes=lambda rows: rows.at.max())
    open_since = opened.left_join(answered, "customer_id").drop("customer_id_right")
    unfollowed = open_since.filter(open_since.last_yes.isnull() | (open_since.at >= open_since.last_yes))
    firsts = unfollowed.group_by("customer_id").aggregate(
        first=lambda rows: rows.at.min(), opens=lambda rows: rows.count()
    )
    firsts = firsts.filter(firsts.opens >= OPENS)
    delivered = seen.filter(seen.name == "message_delivered").select("customer_id", delivered_at=seen.at)
    both = firsts.inner_join(delivered, "customer_id")
    later = both.filter(both.delivered_at >= both["first"])
    enough = later.group_by("customer_id", "first").aggregate(deliveries=lambda rows: rows.count())
    return enough.filter(enough.deliveries >= KNOWN)
