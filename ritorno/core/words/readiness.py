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
