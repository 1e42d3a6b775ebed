"""The banana curve: bars, the fitted curve, the running revenue, and the sentences that say what they mean."""

from ritorno.report.figures import Bar, Curve
from ritorno.report.markup import Markup, el, join
from ritorno.report.page_parts import section, table
from ritorno.report.speech import Speech, percent

_WIDTH, _HEIGHT = 400, 268
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 12, 16, 222
_BAR = 38  # width


def banana(curve: Curve, speech: Speech) -> Markup:
    """The section; without a single buyer a sentence alone."""
    if curve.customers == 0:
        return section("banana", speech.say("curve"), speech.say("curve_nobody"))
    return section(
        "banana",
        speech.say("curve"),
        _lede(curve, speech),
        el("div", el("figure", _legend(curve, speech), _chart(curve, speech)), _says(curve, speech), class_="beside"),
        _table(curve, speech),
    )


def _lede(curve: Curve, speech: Speech) -> Markup:
    first, last = curve.bars[0], curve.bars[-1]
    if last.customers == 0:
        return speech.say("curve_lede_few", count=speech.count(curve.customers, "customer"))
    return speech.say(
        "curve_lede",
        once=speech.percent(first.share, 0),
        heavy=speech.percent(last.share, 0),
        least=last.purchases,
        revenue=speech.percent(last.revenue_share, 0),
    )


def _says(curve: Curve, speech: Speech) -> Markup:
    first, last = curve.bars[0], curve.bars[-1]
    sentences: list[Markup] = []
    if first.gain is not None:
        share = speech.percent(curve.one_more, 0)
        says = speech.say("what_if", share=share, money=speech.money_range(*first.gain))
        sentences.append(el("p", says, class_="strong"))
    if curve.unfit:
        sentences.append(el("p", speech.say(curve.unfit), class_="note"))
    elif curve.gap_points is not None:
        verdict = "fit_good" if curve.is_good else "fit_bad"
        gap = speech.decimal(curve.gap_points)
        sentences.append(el("p", speech.say(verdict, gap=gap), class_="note" if curve.is_good else "note warn"))
    if first.expected_next is not None and last.expected_next is not None and last.customers:
        ceiling = speech.say(
            "ceiling",
            least=last.purchases,
            made=speech.decimal(last.mean_purchases),
            expected=speech.decimal(last.expected_next),
            once=speech.decimal(first.expected_next),
        )
        sentences.append(el("p", ceiling))
    return el("div", sentences, class_="says")


def _legend(curve: Curve, speech: Speech) -> Markup:
    keys = [("k-bar", "share_of_buyers"), ("k-curve", "curve_line"), ("k-run", "running_line")]
    if curve.unfit:
        del keys[1]
    items = [el("li", el("span", class_=name, aria_hidden="true"), el("span", speech.say(key))) for name, key in keys]
    return el("ul", items, class_="legend")


def _chart(curve: Curve, speech: Speech) -> Markup:
    """0 to 100 % of buyers and of revenue on one axis, left to right in both languages."""
    parts = [*_grid(), *(_bar(index, bar) for index, bar in enumerate(curve.bars))]
    running = [(index, bar.running_share) for index, bar in enumerate(curve.bars)]
    fitted = [(index, bar.fitted_share) for index, bar in enumerate(curve.bars) if bar.fitted_share is not None]
    parts += _line("run", running)
    parts += [
        el("text", percent(share, 0), x=_x(index), y=_y(share) - 8, class_="t-run", text_anchor="middle")
        for index, share in running[:-1]
    ]
    if fitted:
        parts += _line("curve", fitted)
    return el(
        "svg", parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=speech.say("chart_says"), class_="chart"
    )


def _x(index: int) -> float:
    step = (_WIDTH - _LEFT - _RIGHT) / 5
    return _LEFT + step * (index + 0.5)


def _y(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * share


def _grid() -> list[Markup]:
    lines: list[Markup] = []
    for tenth in (0, 5, 10):
        y = _y(tenth / 10)
        lines.append(el("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid" if tenth else "base"))
        lines.append(el("text", f"{tenth * 10}%", x=_LEFT - 6, y=y + 4, text_anchor="end", class_="t-axis"))
    return lines


def _bar(index: int, bar: Bar) -> Markup:
    x, top = _x(index), _y(bar.share)
    name = f"{bar.purchases}+" if bar.is_open else str(bar.purchases)
    return join(
        [
            el("rect", x=x - _BAR / 2, y=top, width=_BAR, height=max(_BOTTOM - top, 0.5), rx=3, class_="bar"),
            el("text", name, x=x, y=_BOTTOM + 18, text_anchor="middle", class_="t-name"),
            el("text", percent(bar.share), x=x, y=_BOTTOM + 36, text_anchor="middle", class_="t-value"),
        ]
    )


def _line(name: str, points: list[tuple[int, float]]) -> list[Markup]:
    path = " ".join(f"{_x(index):.1f},{_y(share):.1f}" for index, share in points)
    dots = [el("circle", cx=_x(index), cy=_y(share), r=3.5, class_=f"dot-{name}") for index, share in points]
    return [el("polyline", points=path, class_=f"line-{name}"), *dots]


def _table(curve: Curve, speech: Speech) -> Markup:
    heads = ["purchases", "customers", "share_of_buyers"]
    if not curve.unfit:
        heads.append("curve_line")
    heads += ["revenue", "share_of_revenue"]
    names = [speech.say(name) for name in heads]
    if not curve.unfit:
        names.append(speech.say("expected_next"))
    names.append(speech.say("one_more", share=speech.percent(curve.one_more, 0)))
    return table(
        speech.say("curve"), names, [_row(bar, curve, speech) for bar in curve.bars], open_as=speech.say("table")
    )


def _row(bar: Bar, curve: Curve, speech: Speech) -> list[Markup]:
    fitted: list[Markup] = []
    expected: list[Markup] = []
    if not curve.unfit:
        fitted = [speech.percent(bar.fitted_share or 0)]
        expected = [speech.decimal(bar.expected_next or 0, 2)]
    return [
        speech.say("times_or_more", count=bar.purchases) if bar.is_open else speech.number(bar.purchases),
        speech.number(bar.customers),
        speech.percent(bar.share),
        *fitted,
        speech.money(bar.revenue),
        speech.percent(bar.revenue_share),
        *expected,
        Markup("–") if bar.gain is None else speech.money_range(*bar.gain),
    ]
