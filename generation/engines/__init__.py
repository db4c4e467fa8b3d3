"""Who executes a batch. An engine carries ids; the rows alone say what is done.

An engine is a module, named by the setting GENERATION_ENGINE, with an `Engine` class.
"""

from generation.engines.base import Engine, Handle, Task, load_engine

__all__ = ["Engine", "Handle", "Task", "load_engine"]
