"""Slow, obvious versions of what repscope computes, to compare with."""
