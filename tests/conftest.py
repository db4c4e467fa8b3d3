"""What holds for every test."""

from hypothesis import HealthCheck, settings

# Tests assert no time: a busy machine is not a bug.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
