"""To come."""


def stores(draw):
    pass
