"""Which modules hold which command: only those of the command that was called are loaded.

(All of them take 3 s: the questions about everyone, the fits and the report bring large libraries.)
"""

COMMANDS: dict[str, tuple[str, ...]] = {
    "alarms": ("alarms",),
    "api-key": ("brands",),
    "backtest": ("backtest",),
    "banana": ("insight",),
    "clock": ("brands",),
    "consent": ("why",),
    "customer": ("customer", "customer_traits"),
    "cuts": ("cuts",),
    "demo": ("demo",),
    "groups": ("report",),
    "identity": ("identity", "why"),
    "import": ("imports",),
    "init": ("brands",),
    "interests": ("interests",),
    "lake": ("lake",),
    "migrate": ("brands",),
    "outbox": ("playbooks",),
    "playbook": ("playbooks", "why"),
    "policy": ("policy",),
    "rejected": ("alarms",),
    "report": ("report",),
    "resume": ("brands",),
    "rfm": ("insight",),
    "run": ("work",),
    "score": ("scores",),
    "segments": ("segments", "segments_whole"),
    "serve": ("work",),
    "simulate": ("simulate",),
    "stop-all": ("brands",),
    "traits": ("traits",),
    "why": ("why",),
    "why-not": ("why",),
}
