"""Results as lines to read, in Hebrew or English. Every line stands by itself."""

from collections.abc import Iterator

from ritorno.core.money import format_amount
from ritorno.core.plan import Plan
from ritorno.core.words.answers import say
from ritorno.core.words.reasons import say_reason
from ritorno.work.results import ArmResult, Results, SplitResult

_FORESEEN = 3_650  # days: what takes longer is not said in days


def say_results(told: Results, plan: Plan, language: str) -> list[str]:
    """Counts, both arms, and the lift with its interval, or that there is none yet; never opens (PB2-05)."""

    def money(minor: float) -> str:
        return format_amount(round(minor), plan.brand.currency, language)

    lines = [
        say(
            language, "counts", entered=f"{told.entered:,}", held_out=f"{told.held_out:,}", sent=f"{told.sent:,}",
            delivered=_count(told.delivered), clicked=f"{told.clicked:,}",
        ),
        say(
            language, "offers", redeemed=f"{told.redeemed:,}", codes=f"{told.codes:,}",
            value=money(told.offers_redeemed), liability=money(told.liability),
        ),
        _arm("arm", "treated", told.treated, language, plan),
        _arm("arm", "holdout", told.holdout, language, plan),
    ]  # fmt: skip
    if told.maturing and told.so_far is not None:
        names = zip(("treated", "holdout"), told.so_far, strict=True)
        lines += [_arm("so_far", name, arm, language, plan) for name, arm in names]
    lines += [say(language, key, count=f"{count:,}") for key, count in (
        ("maturing", told.maturing), ("in_both", told.in_both)) if count]  # fmt: skip
    if told.sample_ratio < 0.001:
        lines.append(say(language, "ratio", p=f"{told.sample_ratio:.1g}"))
    return lines + _lift(told, plan, language)


def _count(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _share(count: int, of: int) -> str:
    return f"{count / of if of else 0:.1%}"


def _head(revenue: int, customers: int, plan: Plan, language: str) -> str:
    return format_amount(round(revenue / customers) if customers else 0, plan.brand.currency, language)


def _arm(key: str, name: str, arm: ArmResult, language: str, plan: Plan) -> str:
    return say(
        language, key, arm=say(language, name), customers=f"{arm.customers:,}", bought=f"{arm.bought:,}",
        share=_share(arm.bought, arm.customers), head=_head(arm.revenue, arm.customers, plan, language),
    )  # fmt: skip


def _lift(told: Results, plan: Plan, language: str) -> list[str]:
    def money(minor: float) -> str:
        return format_amount(round(minor), plan.brand.currency, language)

    spend, net, days = told.spend, told.profit, told.days_until_conclusive
    foreseen = days is not None and days < _FORESEEN
    when = [say(language, "open_days", days=f"{days:,.0f}")] if foreseen else []
    if spend is None or net is None:
        return [say(language, "no_lift"), *when]
    lines = [
        say(language, "lift", lift=money(net.lift), low=money(net.low), high=money(net.high)),
        say(
            language, "net", net=money(net.net), low=money(net.net_low), high=money(net.net_high),
            margin=f"{net.margin:.0%}", lift=money(net.lift), messages=money(net.messages), offers=money(net.offers),
        ),
    ]  # fmt: skip
    if net.ads:
        lines[-1] += " " + say(language, "ads", ads=money(net.ads))
    if (share := told.share) is not None:
        low, high = f"{share.low:.1%}", f"{share.high:.1%}"
        lines.append(say(language, "buyers", share=f"{share.estimate:.1%}", low=low, high=high))
    if told.cap is not None:
        lines.append(say(language, "capped", cap=money(told.cap)))
    if not spend.is_conclusive:
        lines += [say(language, "open", smallest=money(spend.smallest)), *when]
    return lines


def say_parts(told: Results, plan: Plan, language: str) -> list[str]:
    """The same by version, by step, by arm of a split, and who was declined."""

    def money(minor: float) -> str:
        return format_amount(round(minor), plan.brand.currency, language)

    lines = [
        say(
            language, "version_counts", version=one.version, arm=say(language, one.arm), entered=f"{one.entered:,}",
            customers=f"{one.customers:,}", bought=f"{one.bought:,}", revenue=money(one.revenue),
            margin=money(one.margin),
        )
        for one in told.versions
    ]  # fmt: skip
    lines += [
        say(
            language, "step_counts", step=one.step, channel=one.channel, version=one.version, sent=f"{one.sent:,}",
            delivered=_count(one.delivered), clicked=f"{one.clicked:,}", redeemed=f"{one.redeemed:,}",
        )
        for one in told.steps
        if one.sent
    ]  # fmt: skip
    lines += [
        say(
            language, "after", step=one.step, arm=say(language, one.arm), customers=f"{one.customers:,}",
            bought=f"{one.bought:,}", share=_share(one.bought, one.customers), revenue=money(one.revenue),
            margin=money(one.margin),
        )
        for one in told.after
    ]  # fmt: skip
    for one in told.splits:
        lines += _split(one, plan, language)
    lines += [say(language, "cost", channel=name, cost=money(cost / 1000)) for name, cost in told.costs.items()]
    return lines + [
        say(language, "declined_count", reason=say_reason(code, language), count=f"{count:,}")
        for code, count in told.declined.items()
    ]


def _split(one: SplitResult, plan: Plan, language: str) -> Iterator[str]:
    yield say(
        language, "split", step=one.step, way=one.arm, customers=f"{one.customers:,}",
        share=_share(one.bought, one.customers), head=_head(one.revenue, one.customers, plan, language),
    )  # fmt: skip
    if one.spend is not None:
        key = "split_against" if one.spend.is_conclusive else "split_open"
        head, low, high = (
            format_amount(round(each), plan.brand.currency, language)
            for each in (one.spend.estimate, one.spend.low, one.spend.high)
        )
        yield say(language, key, step=one.step, way=one.arm, against=one.against, head=head, low=low, high=high)
