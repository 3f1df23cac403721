"""To come."""


def commands(draw):
    pass
