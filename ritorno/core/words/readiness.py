"""How ready the catalogue is, and how to make it so, in Hebrew and English (ENG-11)."""

from ritorno.core.product_flags import Coverage

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "replenishment": "תזכורות חידוש: ימי אספקה",
        "how_to": "הדרכה: סרטון למוצר טכני",
        "complements": "השלמות: מוצרים משלימים",
        "upsell": "הצעת המשך: למה המוצר מתאים",
        "cooldown": "צינון: ימים אחרי קנייה",
        "discretion": "דיסקרטיות: כינוי למוצר רגיש",
        "consent": "הסכמה ל-{about}",
        "points": "תנאי נקודות",
        "tiers": "דרגות שווי של לקוחות",
        "feed": "חדשות מ-{about}",
        "fix_consent": "מי שאין לו הסכמה לא יקבל ב-{about}: ritorno import consents FILE",
        "fix_points": "אין תנאי נקודות: ritorno points terms",
        "fix_tiers": "לא נאמר מאיזה סכום לקוח הוא A או B: ritorno policy set --tiers AMOUNT,AMOUNT",
        "fix_feed": "לא נשמע דבר מ-{about}, וההודעות ימתינו: ritorno alarms",
        "fix": "ל-{missing} מוצרים חסר {flag}: ritorno products export FILE, ואחרי העריכה ritorno import products FILE",
        "fix_replenishment": "ל-{missing} מוצרים אין consumable=yes ו-days_per_unit, ולכן לא תצא עליהם תזכורת: "
        "ritorno products export FILE, ואחרי העריכה ritorno import products FILE",
    },
    "en": {
        "replenishment": "replenishment: days of supply",
        "how_to": "how-to: a video for each technical product",
        "complements": "complements: what completes it",
        "upsell": "upsell: what it fits",
        "cooldown": "cool-down: days after a purchase",
        "discretion": "discretion: a label for each sensitive product",
        "consent": "consent to {about}",
        "points": "terms of points",
        "tiers": "value tiers of customers",
        "feed": "news from {about}",
        "fix_consent": "who has not consented is not written to by {about}: ritorno import consents FILE",
        "fix_points": "there are no terms of points: ritorno points terms",
        "fix_tiers": "nobody said from what spend a customer is A or B: ritorno policy set --tiers AMOUNT,AMOUNT",
        "fix_feed": "nothing is heard from {about}, so messages will wait: ritorno alarms",
        "fix": "{missing} products lack {flag}: ritorno products export FILE, edit, ritorno import products FILE",
        "fix_replenishment": "{missing} products lack consumable=yes and days_per_unit, so nobody is reminded of them: "
        "ritorno products export FILE, edit, ritorno import products FILE",
    },
}


def say_coverage(coverage: Coverage, language: str) -> str:
    """What the use is and what it asks for."""
    return CATALOGUES[language][coverage.use]


def say_fix(coverage: Coverage, language: str) -> str:
    """What is missing, and how it is told."""
    words = CATALOGUES[language]
    template = words.get(f"fix_{coverage.use}", words["fix"])
    return template.format(missing=f"{coverage.asked - coverage.covered:,}", flag=coverage.flag)


def say_need(what: str, about: str, language: str) -> str:
    """What a playbook runs on: a use of the catalogue, or consent, points, tiers, a feed."""
    return CATALOGUES[language][what].format(about=about)


def say_need_fix(what: str, about: str, missing: int, language: str) -> str:
    """What is missing of it, and how it is told."""
    words = CATALOGUES[language]
    return words.get(f"fix_{what}", words["fix"]).format(missing=f"{missing:,}", flag=about, about=about)
