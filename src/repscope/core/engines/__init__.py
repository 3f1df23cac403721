"""Where the tasks of a long job run: in this process, or in the workers of a Ray cluster.

items ──► engine.run(work, items) ──► results, in the order of the items

Each task writes a file of its own and renames it into place, so that it can be repeated: after a worker was killed, or
by a second start, which costs only what was not written.

_engine   the Engine: what it promises; what a task needs
_layout   how many workers a cluster has room for, and of how many cores
local     here, one task after the other
ray       a cluster: started, checked, given tasks; _ray_pools, its workers: tasks and actors
"""

from repscope.core.engines._engine import Engine, Needs, open_engine, opened

__all__ = ["Engine", "Needs", "open_engine", "opened"]
