"""To come."""


def recordings(draw):
    pass
