"""Descriptors: one vector of an image from a layer's maps. The file's name is the key.

    _contract  what every descriptor is
    flat       all of it, as it is
    average    the mean over positions
    maximum    the maximum over positions
    spoc       the sum over positions, perhaps more of the middle
    gem        the generalised mean, between average and maximum
    rmac       the sum of the maxima over regions

maps (images, channels, height, width) ──► vectors (images, features); a layer without positions has `flat` only

A new descriptor is one new file; nothing else is edited.
"""

from repscope.transfer.descriptors._contract import DESCRIPTORS, Descriptor, maps_of

__all__ = ["DESCRIPTORS", "Descriptor", "maps_of"]
