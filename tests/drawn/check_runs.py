"""To come."""


def runs(draw):
    pass
