"""The few words that a message of ours brings along, in the languages that have them; else in Hebrew."""

import msgspec


class Wording(msgspec.Struct, frozen=True):
    """`look`: on the button of a link that stands alone. `until`, `over`: of a code, with its instant and basket."""

    look: str
    until: str
    over: str
    refuse: str
    refuse_here: str
    from_whom: str


_WORDING = {
    "he": Wording("לפרטים", "בתוקף עד {}", "בקנייה מעל {}", "להסרה", "להסרה מרשימת הדיוור", "נשלח מאת {}"),
    "en": Wording(
        "Take a look", "Valid until {}", "on a purchase over {}", "Opt out", "Opt out of these e-mails", "Sent by {}"
    ),
    "ar": Wording(
        "التفاصيل",
        "صالح حتى {}",
        "عند الشراء بأكثر من {}",
        "لإلغاء الاشتراك",
        "لإلغاء الاشتراك في الرسائل",
        "مرسل من {}",
    ),
    "ru": Wording(
        "Подробнее", "Действует до {}", "при покупке от {}", "Отписаться", "Отписаться от рассылки", "Отправитель: {}"
    ),
}


def wording(language: str) -> Wording:
    return _WORDING.get(language, _WORDING["he"])
