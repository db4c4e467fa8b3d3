"""Who executes a batch. An engine carries ids; the rows alone say what is done.

An engine is a module with an `Engine` class, named by the setting JOBS_ENGINE: one of these, or the
dotted path of any other.
"""

from jobs.engines.base import Engine, EngineError, Handle, Task, find_engine, load_engine

__all__ = ["Engine", "EngineError", "Handle", "Task", "find_engine", "load_engine"]
