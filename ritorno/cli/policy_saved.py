"""A changed policy, stored as a new version and settled: for commands that change a part of it."""

from ritorno.cli.app import Refused
from ritorno.core.plan import Plan, Policy
from ritorno.core.policies import PolicyError
from ritorno.wiring import App
from ritorno.work import policy
from ritorno.work.replan import replan


def save_policy(app: App, plan: Plan, wanted: Policy, see: str) -> Plan:
    """The plan as it stands then. Raises Refused; `see` is the command that shows what stands."""
    if not policy.changed(plan.policy, wanted):
        raise Refused(f"this changes nothing: that is what stands. See: {see}")
    now = app.now(plan.brand.id)
    try:
        policy.save(app.connection(), plan, wanted, now, "cli")
    except PolicyError as error:
        raise Refused(str(error)) from error
    after = app.plan(plan.brand.key)
    replan(app.connection(), after, now, lambda _: None)
    return after
