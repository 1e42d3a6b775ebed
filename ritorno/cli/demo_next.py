"""What may be tried with a demo store that has been loaded: commands, in the order of a first look."""

from ritorno.core.journeys.way import Words

_LOOK, _SERVE = Words("מי הטובים ביותר, ומי נעלמים", "who is best, and who disappears"), Words("הדלתות", "the doors")
NEXT: dict[str, dict[str, Words]] = {
    "omnichain": {
        "ritorno rfm --brand {brand}": _LOOK,
        "ritorno playbook dry-run PB2 --brand {brand}": Words(
            "מה מגן הנטישה היה עושה בשנה האחרונה", "what the churn shield would have done in the last year"
        ),
        "ritorno playbook activate PB2 --brand {brand}": Words("להפעיל אותו", "let it run"),
        "ritorno clock advance 30d --brand {brand}": Words("חודש עובר", "a month passes"),
        "ritorno playbook results PB2 --brand {brand}": Words("מה הוא הביא", "what it brought"),
        "ritorno serve": _SERVE,
    },
    "seniors": {
        "ritorno rfm --brand {brand}": _LOOK,
        "ritorno playbook dry-run replenish --brand {brand}": Words(
            "למי היינו מזכירים שהמלאי נגמר", "whom a reminder of what runs out would have reached"
        ),
        "ritorno playbook activate purchase-360 --brand {brand}": Words(
            "אוטומציית הרכישה, חמישה חלקים", "the purchase automation, in five parts"
        ),
        "ritorno clock advance 30d --brand {brand}": Words("חודש עובר", "a month passes"),
        "ritorno playbook results replenish --brand {brand}": Words("מה היא הביאה", "what it brought"),
        "ritorno serve": _SERVE,
    },
}
