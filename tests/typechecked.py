"""A run-time type checker for jaxtyping: shapes are checked while testing, ints pass for floats."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
