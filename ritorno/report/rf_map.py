"""The R×F map: nine tiles, recency across, frequency up, coloured by what is at stake. It is a table of its own."""

from ritorno.core.instants import Span
from ritorno.core.scores.cuts import Scheme
from ritorno.report.figures import Figures, Tile
from ritorno.report.markup import Markup, el
from ritorno.report.page_parts import section, table
from ritorno.report.palette import shade
from ritorno.report.speech import Speech, ltr


def rf_map(figures: Figures, speech: Speech) -> Markup:
    """The section: rows from F3 down to F1, columns from R1 to R3, left to right in both languages."""
    by_place = {(tile.r, tile.f): tile for tile in figures.tiles}
    most = max((tile.spend_year for tile in figures.tiles), default=0)
    head = el("tr", el("td"), [el("th", _recency(r, figures.scheme, speech), scope="col") for r in (1, 2, 3)])
    rows = [
        el(
            "tr",
            el("th", _frequency(f, figures.scheme, speech), scope="row"),
            [_tile(by_place[r, f], most, speech) for r in (1, 2, 3)],
        )
        for f in (3, 2, 1)
    ]
    whole = el(
        "table",
        el("caption", speech.say("map"), class_="unseen"),
        el("thead", head),
        el("tbody", rows),
        class_="map",
        dir="ltr",
    )
    return section("map", speech.say("map"), speech.say("map_lede"), _legend(figures.scheme, speech), whole,
                   _table(figures, speech))  # fmt: skip


def _recency(r: int, scheme: Scheme, speech: Speech) -> Markup:
    span: Span = scheme.recency[0] if r == 3 else scheme.recency[1]
    return el("span", speech.say(f"r{r}", span=speech.span(span)), dir=speech.direction)


def _frequency(f: int, scheme: Scheme, speech: Speech) -> Markup:
    low, high = scheme.orders
    least, most = {1: (1, low - 1), 2: (low, high - 1), 3: (high, high)}[f]
    count = speech.count(least, "purchase") if least == most else speech.say("purchase_many", count=f"{least}–{most}")
    return el("span", speech.say(f"f{f}", count=count), dir=speech.direction)


def _tile(tile: Tile, most: int, speech: Speech) -> Markup:
    total = sum(tile.by_spend)
    slivers = [
        el("i", class_=f"m{m}", style=f"width:{100 * tile.by_spend[m - 1] / total:.1f}%")
        for m in (3, 2, 1)
        if total and tile.by_spend[m - 1]
    ]
    return el(
        "td",
        el("b", speech.number(tile.customers)),
        el("span", speech.percent(tile.share), class_="share"),
        el("span", speech.money(tile.spend_year), class_="sum"),
        el("span", slivers, class_="slivers", aria_hidden="true"),
        el("small", ltr(f"+{tile.came:,} −{tile.went:,}")),
        class_=f"s{shade(tile.spend_year, most)}",
    )


def _legend(scheme: Scheme, speech: Speech) -> Markup:
    low, high = (speech.money(cut) for cut in scheme.spend)
    items = [
        el("li", el("span", class_=f"k-m{m}", aria_hidden="true"), el("span", says))
        for m, says in (
            (3, speech.say("spend_3", money=high)),
            (2, speech.say("spend_2", money=low)),
            (1, speech.say("spend_1")),
        )
    ]
    items.append(el("li", el("span", ltr("+ −"), aria_hidden="true"), el("span", speech.say("came_went"))))
    return el("ul", items, class_="legend")


def _table(figures: Figures, speech: Speech) -> Markup:
    heads = [speech.say(key) for key in ("map", "customers", "share", "revenue_year")]
    heads += [Markup("M3"), Markup("M2"), Markup("M1"), speech.say("came"), speech.say("went")]
    rows = [
        [
            Markup(f"R{tile.r} F{tile.f}"),
            speech.number(tile.customers),
            speech.percent(tile.share),
            speech.money(tile.spend_year),
            *(speech.number(tile.by_spend[m - 1]) for m in (3, 2, 1)),
            speech.number(tile.came),
            speech.number(tile.went),
        ]
        for tile in sorted(figures.tiles, key=lambda one: (-one.r, -one.f))
    ]
    return table(speech.say("map"), heads, rows, open_as=speech.say("table"))
