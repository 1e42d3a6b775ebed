"""A playbook on one page: segment, trigger, steps and exits in words, Hebrew and English (ORC-04)."""

from collections.abc import Mapping

from ritorno.core.journeys.journey import Playbook
from ritorno.core.segments.rule import All, Any, Not, Reachable, Rule
from ritorno.core.words.catalogue import say_span
from ritorno.core.words.rules import say_leaf
from ritorno.core.words.rules_speech import CATALOGUES as RULES
from ritorno.core.words.steps import SayRule

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "and": " וגם ",
        "exit_purchase": "כל קנייה, בכל מקום",
        "exit_bought": "קנייה נוספת שמתאימה: {rule}",
        "exit_refund": "החזרת ההזמנה",
        "exit_goal": "המטרה הושגה: {rule}",
        "exit_messages": "אחרי {messages} הודעות",
        "exit_after": "{span} מהכניסה",
        "exit_unless": "כשלא מתקיים עוד: {rule}",
        "exit_never": "רק בסוף הצעדים",
    },
    "en": {
        "and": " and ",
        "exit_purchase": "any purchase, anywhere",
        "exit_bought": "another purchase that fits: {rule}",
        "exit_refund": "the order is returned",
        "exit_goal": "the goal is reached: {rule}",
        "exit_messages": "after {messages} messages",
        "exit_after": "{span} after entering",
        "exit_unless": "as soon as this no longer holds: {rule}",
        "exit_never": "only at the end of its steps",
    },
}


def rule_sayer(language: str, groups: Mapping[str, str], currency: str) -> SayRule:
    """Says a whole rule; `groups` are the names of the groups by key. Parts of a part stand in parentheses."""
    words = RULES[language]
    joints = {All: CATALOGUES[language]["and"], Any: words["or"]}

    def say(rule: Rule) -> str:
        match rule:
            case All(rules) | Any(rules) if rules:
                parts = [f"({say(each)})" if _is_joint(each) and len(rules) > 1 else say(each) for each in rules]
                return joints[type(rule)].join(parts)
            case Not(inner):
                said = f"({say(inner)})" if _is_joint(inner) else say(inner)
                return words["not"].format(said=said)
            case _:
                return say_leaf(rule, language, groups, currency)

    return say


def _is_joint(rule: Rule) -> bool:
    return isinstance(rule, All | Any) and len(rule.rules) > 1


def say_exits(playbook: Playbook, language: str, say_rule: SayRule) -> list[str]:
    """Everything that ends a passage before its last step, consent taken back included."""
    words, exits = CATALOGUES[language], playbook.exits
    stays = [] if exits.unless is None else [exits.unless]
    if playbook.entry.reachable:
        stays.append(Reachable(playbook.entry.reachable))
    told = [words["exit_purchase"]] if exits.purchase else []
    if exits.bought is not None:
        told.append(words["exit_bought"].format(rule=say_rule(exits.bought)))
    if exits.refund:
        told.append(words["exit_refund"])
    if exits.goal is not None:
        told.append(words["exit_goal"].format(rule=say_rule(exits.goal)))
    if exits.messages:
        told.append(words["exit_messages"].format(messages=exits.messages))
    told += [words["exit_unless"].format(rule=say_rule(rule)) for rule in stays]
    if exits.after is not None:
        told.append(words["exit_after"].format(span=say_span(exits.after, language)))
    return told or [words["exit_never"]]
