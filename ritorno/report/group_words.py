"""What each group means, and what is usually done with it (product.md section 2)."""

from typing import NamedTuple

from ritorno.report.figures import Language


class About(NamedTuple):
    meaning: str
    use: str


GROUP_WORDS: dict[Language, dict[str, About]] = {
    "he": {
        "stars": About("קנו לא מזמן, הרבה פעמים ובהרבה כסף.", "הכרה, גישה מוקדמת, בלי הנחות."),
        "regulars": About("קונים הרבה ולא מזמן, בסכומים קטנים יותר.", "פרס, המלצה לחברים, הדרך ל-333."),
        "rising": About("קנו פעמיים, לא מזמן.", "הקנייה השלישית, קטגוריה חדשה."),
        "promising": About("קנייה ראשונה גדולה, לא מזמן.", "הקנייה השנייה: מקונה חד-פעמי ללקוח חוזר."),
        "new_buyers": About("קנייה ראשונה, לא מזמן.", "ליווי קל לקנייה השנייה, איך משתמשים במוצר."),
        "cooling": About("קונים טובים שמתחילים להתקרר.", "תזכורת לפי הקצב האישי, מכירה משלימה."),
        "slowing": About("קנו פעמיים ומאטים.", "מכירה משלימה, חידוש מלאי."),
        "second": About("קנו פעם אחת, והזמן עובר.", "תזכורת מאוחרת לקנייה שנייה."),
        "risk": About("קנו הרבה ובהרבה כסף, ונעלמו.", "מגן הנטישה: הטבה אישית לזמן קצר."),
        "big_gone": About("קנייה אחת גדולה, לפני זמן רב.", "שיחה אישית, או מגן הנטישה עם תקרה."),
        "fading": About("קנו מעט, לפני זמן רב.", "״התגעגענו״ אחרי 180 יום, ואחר כך להניח."),
        "prospects": About("מוכרים לנו ועוד לא קנו.", "סדרת היכרות."),
    },
    "en": {
        "stars": About("Bought recently, often, and for much.", "Recognition, early access, no discounts."),
        "regulars": About("Buy often and recently, for smaller sums.", "Reward, referral, the way to 333."),
        "rising": About("Bought twice, recently.", "The third purchase, a new category."),
        "promising": About("A large first purchase, recently.", "The second purchase: one-timer to repeat."),
        "new_buyers": About("A first purchase, recently.", "A light way to the second, how to use it."),
        "cooling": About("Good buyers who begin to cool.", "A reminder at their own pace, cross-sell."),
        "slowing": About("Bought twice and are slowing.", "Cross-sell, replenishment."),
        "second": About("Bought once, and time goes by.", "A late reminder of the second purchase."),
        "risk": About("Bought much and often, and are gone.", "Churn shield: a personal, short-lived offer."),
        "big_gone": About("One large purchase, long ago.", "A personal call, or churn shield with a cap."),
        "fading": About("Bought little, long ago.", "“We missed you” after 180 days, then let go."),
        "prospects": About("Known to us, have not bought yet.", "A welcome series."),
    },
}
