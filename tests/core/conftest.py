"""Rules are pure: properties run often, and no time limit makes a busy machine fail them."""

from hypothesis import HealthCheck, settings

settings.register_profile("core", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
settings.load_profile("core")
