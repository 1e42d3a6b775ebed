"""Parts that every section is made of."""

from collections.abc import Sequence

from ritorno.report.markup import Markup, Part, el


def section(key: str, title: Markup, lede: Markup | None, *body: Part) -> Markup:
    """A section with its heading; `key` is its anchor."""
    heading = el("h2", title, id=f"{key}-title")
    return el(
        "section",
        heading,
        el("p", lede, class_="lede") if lede else None,
        *body,
        id=key,
        aria_labelledby=f"{key}-title",
    )


def table(
    caption: Markup, heads: Sequence[Markup], rows: Sequence[Sequence[Markup]], *, open_as: Markup | None = None
) -> Markup:
    """The same numbers as a chart's, to read and to copy; the first cell of a row names it. Folded under `open_as`."""
    head = el("tr", [el("th", one, scope="col") for one in heads])
    body = [el("tr", el("th", row[0], scope="row"), [el("td", one) for one in row[1:]]) for row in rows]
    whole = el("table", el("caption", caption, class_="unseen"), el("thead", head), el("tbody", body))
    scrolls = el("div", whole, class_="scrolls", tabindex="0", role="group", aria_label=caption)
    return scrolls if open_as is None else el("details", el("summary", open_as), scrolls)
