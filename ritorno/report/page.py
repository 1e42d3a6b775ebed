"""The whole page: one file, no request to anywhere, readable on a phone, in print and by a screen reader."""

from ritorno.report.banana import banana
from ritorno.report.figures import Figures
from ritorno.report.groups import cells, groups
from ritorno.report.markup import Markup, el, join, plain
from ritorno.report.movement import movement
from ritorno.report.notes import notes
from ritorno.report.rf_map import rf_map
from ritorno.report.speech import Speech
from ritorno.report.style import CSS


def page(figures: Figures) -> str:
    """The HTML document, in UTF-8 when written."""
    speech = Speech(figures)
    title = f"{figures.brand} – {plain(speech.say('title'))}"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light"),
        el("meta", name="robots", content="noindex"),
        el("title", title),
        el("style", Markup(CSS)),
    )
    body = el("body", _masthead(figures, speech), el("main", _sections(figures, speech)), _footer(speech))
    html = el("html", head, body, lang=figures.language, dir=speech.direction)
    return f"<!doctype html>\n{html}\n"


def _sections(figures: Figures, speech: Speech) -> Markup:
    if figures.customers == 0:
        return notes(figures, speech)
    return join(
        [
            banana(figures.curve, speech),
            rf_map(figures, speech),
            groups(figures, speech),
            cells(figures, speech),
            movement(figures, speech),
            notes(figures, speech),
        ]
    )


def _masthead(figures: Figures, speech: Speech) -> Markup:
    when = el("time", speech.say("as_of", date=speech.date(figures.as_of)), datetime=speech.iso(figures.as_of))
    kicker = el("p", el("span", figures.brand), el("span", speech.say("title")), when, class_="kicker")
    return el("header", kicker, _headline(figures, speech), _strip(figures, speech))


def _headline(figures: Figures, speech: Speech) -> Markup:
    if figures.customers == 0:
        return join([el("h1", speech.say("headline_empty")), el("p", speech.say("headline_empty_more"), class_="lede")])
    stars, risk = (next(one for one in figures.groups if one.key == key) for key in ("stars", "risk"))
    more: list[Markup] = []
    if stars.customers == 0:
        title = speech.say("headline_none", cell="333")
        more.append(speech.say("headline_none_more", count=speech.count(figures.customers, "customer")))
    else:
        shares = {"share": speech.percent(stars.share), "revenue": speech.percent(stars.revenue_share, 0)}
        title = speech.say("headline", **shares)
        if stars.multiple is not None:
            multiple = speech.decimal(stars.multiple)
            more.append(speech.say("headline_more", count=speech.number(stars.customers), multiple=multiple))
    if risk.customers:
        money = speech.money(risk.spend_year)
        says = speech.say("at_risk", count=speech.count(risk.customers, "customer"), money=money)
        more.append(el("a", says, href="#groups"))
    return join([el("h1", title), el("p", [join([one, " "]) for one in more], class_="lede")])


def _strip(figures: Figures, speech: Speech) -> Markup:
    told = figures.notes
    orders, revenue = (sum(getattr(place, name) for place in told.places) for name in ("orders", "revenue"))
    items = [
        (speech.number(figures.customers), "buyers"),
        (speech.money(revenue), "revenue_year"),
        (speech.number(orders), "orders_year"),
    ]
    if figures.prospects is not None:
        items.append((speech.number(figures.prospects), "prospects_count"))
    return el("dl", [el("div", el("dt", speech.say(key)), el("dd", value)) for value, key in items], class_="strip")


def _footer(speech: Speech) -> Markup:
    return el("footer", el("p", speech.say("made_by")))
