"""A rule as text that people write and read: `group risk and not (bought category "ויטמינים" within 30d)`.

    rule   = both { "or" both }
    both   = one { "and" one }
    one    = ("not" | "no") one | "(" rule ")" | ("all" | "any") "(" rule ")" | "everyone" | "nobody" | leaf

The leaves are in docs/reference/rules.md, "As text".
"""

from ritorno.core.segments.rule import All, Any, Not, Rule
from ritorno.core.segments.text_happened import happened, next_words
from ritorno.core.segments.text_read import LEAVES
from ritorno.core.segments.text_tokens import Cursor

_BEGINS = (*LEAVES, "bought", "did", "not", "no", "all", "any", "everyone", "nobody")


def from_text(text: str) -> Rule:
    """The rule; it is not checked yet. Raises RuleTextError naming the column and what was expected there."""
    at = Cursor(text)
    rule = _rule(at)
    if at.next.kind != "end":
        raise at.refusal("and, or, or the end", ("and", "or", *next_words(_last(rule))))
    return rule


def _rule(at: Cursor) -> Rule:
    parts = [_both(at)]
    while at.take("or"):
        parts.append(_both(at))
    return parts[0] if len(parts) == 1 else Any(tuple(parts))


def _both(at: Cursor) -> Rule:
    parts = [_one(at)]
    while at.take("and"):
        parts.append(_one(at))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _one(at: Cursor) -> Rule:
    at.enter()
    rule = _read_one(at)
    at.leave()
    return rule


def _read_one(at: Cursor) -> Rule:
    if at.take("not") or at.take("no"):
        return Not(_one(at))
    if at.sees("("):
        return _in_parentheses(at)
    if at.take("all"):
        return All((_in_parentheses(at),))
    if at.take("any"):
        return Any((_in_parentheses(at),))
    if at.take("everyone"):
        return All(())
    if at.take("nobody"):
        return Any(())
    if at.sees("bought") or at.sees("did"):
        return happened(at)
    return LEAVES[at.one_of("a leaf, as group risk or bought within 30d", _BEGINS)](at)


def _in_parentheses(at: Cursor) -> Rule:
    at.need("(")
    rule = _rule(at)
    if not at.sees(")"):
        raise at.refusal(") or and, or", ("and", "or", *next_words(_last(rule))))
    at.need(")")
    return rule


def _last(rule: Rule) -> Rule:
    """The leaf that was read last."""
    while True:
        match rule:
            case All(rules) | Any(rules) if rules:
                rule = rules[-1]
            case Not(inner):
                rule = inner
            case _:
                return rule
