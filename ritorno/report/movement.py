"""How the groups grew and shrank month by month, and who went where in the last month."""

from ritorno.core.instants import Instant
from ritorno.report.figures import Figures, Flow, GroupTile, Month
from ritorno.report.markup import Markup, el, plain
from ritorno.report.page_parts import section, table
from ritorno.report.speech import Speech, ltr

_WIDTH, _HEIGHT = 160, 44
_MOST_FLOWS = 10


def movement(figures: Figures, speech: Speech) -> Markup:
    """Small multiples of one size, each with its own scale from zero, and the largest flows."""
    if len(figures.months) < 2:
        return section("movement", speech.say("movement"), None, _flows(figures, speech))
    charts = [_chart(group, figures.months, speech) for group in figures.groups]
    return section(
        "movement",
        speech.say("movement"),
        speech.say("movement_lede"),
        el("ul", charts, class_="multiples"),
        _table(figures, speech),
        _flows(figures, speech),
    )


def _chart(group: GroupTile, months: tuple[Month, ...], speech: Speech) -> Markup:
    sizes = [month.sizes.get(group.key, 0) for month in months]
    change = sizes[-1] - sizes[0]
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    since = speech.say("since_first", change=ltr(f"{sign}{abs(change):,}"), month=speech.month(months[0].as_of))
    return el(
        "li",
        el("h3", group.name),
        el("p", el("b", speech.number(sizes[-1]))),
        _area([month.as_of for month in months], sizes),
        el("p", since, class_="small"),
    )


def _area(instants: list[Instant], sizes: list[int]) -> Markup:
    """By time from left to right: the last reading may be a day or a month after the one before."""
    most = max(sizes) or 1
    first, lasts = instants[0], instants[-1] - instants[0]
    points = [
        (_WIDTH * (instant - first) / lasts, _HEIGHT - 2 - (_HEIGHT - 6) * size / most)
        for instant, size in zip(instants, sizes, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return el(
        "svg",
        el("polygon", points=f"0,{_HEIGHT} {line} {_WIDTH},{_HEIGHT}", class_="area"),
        el("polyline", points=line, class_="line-area"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="spark",
    )


def _table(figures: Figures, speech: Speech) -> Markup:
    heads = [speech.say("month"), *(el("span", group.name) for group in figures.groups)]
    rows = [
        [speech.date(month.as_of), *(speech.number(month.sizes.get(group.key, 0)) for group in figures.groups)]
        for month in figures.months
    ]
    return table(speech.say("movement"), heads, rows, open_as=speech.say("table"))


def _flows(figures: Figures, speech: Speech) -> Markup:
    since = speech.date(figures.flows_since)
    flows = sorted(figures.flows, key=lambda one: -one.customers)[:_MOST_FLOWS]
    if not flows:
        return el("p", speech.say("flows_none", date=since), class_="note")
    names = {group.key: group.name for group in figures.groups} | {"": plain(speech.say("new_customer"))}
    most = flows[0].customers
    bars = [_flow(flow, names, most, speech) for flow in flows]
    return el("div", el("h3", speech.say("flows", date=since)), el("ol", bars, class_="flows"), class_="keep")


def _flow(flow: Flow, names: dict[str, str], most: int, speech: Speech) -> Markup:
    says = speech.say("from_to", origin=names[flow.origin], target=names[flow.target])
    return el(
        "li",
        el("span", says),
        el("i", style=f"width:{100 * flow.customers / most:.1f}%", aria_hidden="true"),
        el("b", speech.number(flow.customers)),
    )
