"""What the numbers rest on: the cuts and how they were made, the places of sale, what belongs to nobody."""

from ritorno.core.instants import Span
from ritorno.core.scores.cuts import Scheme
from ritorno.report.figures import Figures, Notes
from ritorno.report.markup import Markup, el
from ritorno.report.page_parts import section, table
from ritorno.report.speech import Speech


def notes(figures: Figures, speech: Speech) -> Markup:
    """The section; it closes the page."""
    cuts = el("div", el("h3", speech.say("scheme")), _scheme(figures.scheme, speech))
    places = el("div", el("h3", speech.say("places")), _places(figures.notes, speech))
    return section("notes", speech.say("notes"), None, el("div", cuts, places, class_="two"))


def _scheme(scheme: Scheme, speech: Speech) -> Markup:
    fresh, warm = (speech.span(cut) for cut in scheme.recency)
    low, high = scheme.orders
    some, much = (speech.money(cut) for cut in scheme.spend)
    sentences = [
        speech.say(f"origin_{scheme.origin}", version=scheme.version),
        speech.say("scheme_r", fresh=fresh, warm=warm),
        *(_of_category(name, own, speech) for name, own in scheme.by_category.items()),
        speech.say("scheme_f", low=low, high=high),
        speech.say("scheme_m", low=some, high=much),
        speech.say("scheme_window", window=speech.span(scheme.window)),
    ]
    if scheme.note:
        sentences.append(el("bdi", scheme.note))
    return el("ul", [el("li", one) for one in sentences], class_="plain spaced")


def _of_category(name: str, recency: tuple[Span, Span], speech: Speech) -> Markup:
    """R's cuts of who mostly buys that; its name is the shop's own word, in whichever direction it reads."""
    fresh, warm = (speech.span(cut) for cut in recency)
    return el("span", el("bdi", name), ": ", speech.say("scheme_r_of", fresh=fresh, warm=warm))


def _places(told: Notes, speech: Speech) -> Markup:
    revenue = sum(place.revenue for place in told.places)
    heads = [speech.say(key) for key in ("place", "orders", "revenue_year", "share")]
    rows = [
        [
            speech.say(place.sold_via) if place.sold_via in ("online", "pos", "phone") else el("bdi", place.sold_via),
            speech.number(place.orders),
            speech.money(place.revenue),
            speech.percent(place.revenue / revenue if revenue else 0),
        ]
        for place in told.places
    ]
    lines = [speech.say("places_lede", count=speech.count(told.both_places, "customer"))]
    if told.unattributed_orders:
        lines.append(
            speech.say(
                "unattributed_says",
                share=speech.percent(told.unattributed_revenue / revenue if revenue else 0),
                money=speech.money(told.unattributed_revenue),
                orders=speech.count(told.unattributed_orders, "order"),
            )
        )
    else:
        lines.append(speech.say("unattributed_none"))
    if told.house_accounts:
        lines.append(speech.say("houses", count=told.house_accounts))
    list_ = el("ul", [el("li", one) for one in lines], class_="plain spaced")
    return el("div", table(speech.say("places"), heads, rows), list_)
