"""The named groups as tiles, and the 27 cells that they are made of."""

from ritorno.report.figures import CellTile, Figures, GroupTile
from ritorno.report.group_words import GROUP_WORDS
from ritorno.report.markup import Markup, el
from ritorno.report.page_parts import section
from ritorno.report.palette import shade
from ritorno.report.speech import Speech


def groups(figures: Figures, speech: Speech) -> Markup:
    """Every group with its customers, share, money and multiple, what it means and what is done with it."""
    tiles = [_group(one, speech) for one in figures.groups]
    tiles.append(_prospects(figures, speech))
    return section(
        "groups",
        speech.say("groups"),
        speech.say("groups_lede", window=speech.span(figures.scheme.window)),
        el("ul", tiles, class_="tiles"),
        el("p", speech.say("cited_why"), class_="note"),
    )


def _group(group: GroupTile, speech: Speech) -> Markup:
    temperature = {"3": "fresh", "2": "warm", "1": "cold"}[group.cells[0][0]]
    rows = [
        speech.say("of_customers", share=speech.percent(group.share)),
        speech.say("of_revenue", share=speech.percent(group.revenue_share)),
        _multiple(group, speech),
    ]
    badge = None
    if group.key == "risk" and group.customers:
        badge = el("em", speech.say("start_here"))
        rows.append(el("span", speech.money(group.spend_year), " ", speech.say("at_stake"), class_="stake"))
    return el(
        "li",
        el("h3", group.name, badge),
        el(
            "p",
            speech.say("cell_of" if len(group.cells) == 1 else "cells_of", cells=" ".join(group.cells)),
            class_="code",
        ),
        el("p", el("b", speech.number(group.customers)), el("span", speech.money(group.revenue)), class_="figure"),
        el("ul", [el("li", row) for row in rows if row is not None], class_="plain"),
        _about(group.key, speech),
        class_=temperature,
    )


def _multiple(group: GroupTile, speech: Speech) -> Markup | None:
    if group.multiple is None:
        return None
    if group.key != "stars":
        return speech.say("multiple", multiple=speech.times(group.multiple))
    own = speech.say("multiple_own", multiple=speech.times(group.multiple))
    return el("span", el("strong", own), " · ", speech.say("multiple_cited"))


def _prospects(figures: Figures, speech: Speech) -> Markup:
    count = "–" if figures.prospects is None else speech.number(figures.prospects)
    return el(
        "li",
        el("h3", figures.prospects_name),
        el("p", speech.say("no_cells"), class_="code"),
        el("p", el("b", count), class_="figure"),
        _about("prospects", speech),
        class_="none",
    )


def _about(key: str, speech: Speech) -> Markup:
    about = GROUP_WORDS[speech.language][key]
    return el("p", about.meaning, " ", el("span", about.use, class_="use"), class_="about")


def cells(figures: Figures, speech: Speech) -> Markup:
    """Three tables, R3 first: M across, F up; coloured by revenue, each cell with its digits and its group."""
    names = {group.key: group.name for group in figures.groups}
    by_cell = {one.cell: one for one in figures.cells}
    most = max((one.revenue for one in figures.cells), default=0)
    tables = [_of_recency(r, by_cell, names, most, speech) for r in (3, 2, 1)]
    return section("cells", speech.say("cells"), speech.say("cells_lede"), el("div", tables, class_="cells"))


def _of_recency(r: int, by_cell: dict[str, CellTile], names: dict[str, str], most: int, speech: Speech) -> Markup:
    rows = [el("tr", [_cell(by_cell[f"{r}{f}{m}"], names, most, speech) for m in (1, 2, 3)]) for f in (3, 2, 1)]
    return el("table", el("caption", f"R{r}"), el("tbody", rows))


def _cell(one: CellTile, names: dict[str, str], most: int, speech: Speech) -> Markup:
    return el(
        "td",
        el("span", one.cell, class_="code"),
        el("b", speech.number(one.customers)),
        el("span", speech.money(one.revenue), class_="sum"),
        el("small", names[one.group], dir=speech.direction),
        class_=f"s{shade(one.revenue, most)}",
    )
