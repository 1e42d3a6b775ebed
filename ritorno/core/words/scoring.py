"""How scores are made, in sentences of both languages; the numbers are always those of the cuts that stand."""

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "title": "כך מחושב הציון כאן, לפי הספים השמורים, גרסה {version}",
        "counts": "הזמנה נספרת אם לא בוטלה והנטו שלה (ששולם, כולל מע״מ, פחות החזרים) מעל 0.",
        "r": "R = 3 כל עוד עברו פחות מ-{fresh} מההזמנה האחרונה, 2 כל עוד פחות מ-{warm}, ואחר כך 1. "
             "ברגע שמלאו {warm} הציון כבר 1.",
        "r_of": "מי שקונים בעיקר {category}: R = 3 עד {fresh}, 2 עד {warm}, ואחר כך 1.",
        "mostly": "״בעיקר״: הקטגוריה שביותר הזמנות בחלון של {window}, ובשוויון זו שנקנתה אחרונה.",
        "f": "F = 1, ומ-{low} הזמנות 2, ומ-{high} הזמנות 3, בחלון של {window}.",
        "occasion": "הזמנות של יום אחד בסניף אחד הן קנייה אחת.",
        "m": "M = 1, ומ-{low} ציון 2, ומ-{high} ציון 3: סכום הנטו של ההזמנות בחלון של {window}.",
        "cell": "התא הוא שלוש הספרות R F M: יש 27 תאים, 333 הטוב שבהם, וכל אחד שייך לקבוצה אחת מתוך 11.",
        "stored": "הספים שמורים ואינם דירוג: ערכים שווים מקבלים תמיד אותו ציון, ואיש אינו תלוי באחרים.",
        "example": "דוגמה של לקוח אמיתי, בלי שם:",
        "example_r": "R = {score}: {days} ימים מההזמנה האחרונה (ספים {fresh}, {warm})",
        "example_of": "קונה בעיקר {category}, ולכן לפי הספים של הקטגוריה",
        "example_f": "F = {score}: {count} הזמנות בחלון של {window} (ספים {low}, {high})",
        "example_m": "M = {score}: {amount} בחלון של {window} (ספים {low}, {high})",
        "example_cell": "התא {cell}, בקבוצה: {group}",
    },
    "en": {
        "title": "How scores are made here, by the stored cuts v{version}",
        "counts": "An order counts when it is not cancelled and its net (paid with VAT, less refunds) is above 0.",
        "r": "R = 3 while less than {fresh} have passed since the last order, 2 while less than {warm}, then 1. "
             "At exactly {warm} it is 1 already.",
        "r_of": "Who mostly buy {category}: R = 3 under {fresh}, 2 under {warm}, then 1.",
        "mostly": "Mostly: the category of the most orders in the window of {window}; of several, the one bought last.",
        "f": "F = 1, from {low} orders on 2, from {high} orders on 3, in the window of {window}.",
        "occasion": "Orders of one day at one branch are one purchase.",
        "m": "M = 1, from {low} on 2, from {high} on 3: the net sum of the orders in the window of {window}.",
        "cell": "The cell is the three digits R F M: there are 27, the best is 333, and each is in one of 11 groups.",
        "stored": "Cuts are stored and rank nobody: equal values always score alike, and nobody depends on others.",
        "example": "Example: a real customer, without a name.",
        "example_r": "R = {score}: {days} days since the last order (cuts {fresh}, {warm})",
        "example_of": "mostly buys {category}, so that category's cuts hold",
        "example_f": "F = {score}: {count} orders in the window of {window} (cuts {low}, {high})",
        "example_m": "M = {score}: {amount} in the window of {window} (cuts {low}, {high})",
        "example_cell": "cell {cell}, in the group: {group}",
    },
}  # fmt: skip


def say(language: str, key: str, **values: object) -> str:
    """The sentence of that key; raises KeyError for a key or language that there is not."""
    return CATALOGUES[language][key].format(**values)
