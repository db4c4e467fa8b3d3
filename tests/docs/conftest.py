from tests.jobs.engines.conftest import house

__all__ = ["house"]
