"""Concept data: images, and where in them each of many concepts is.

`load_concepts("broden:DIR")` ──► ConceptData: a data set, names and categories, masks made when asked for

_contract  the ConceptData, and what one file of this folder defines

Every other file is one source, found by the word before the colon:

scenes  the embedded scenes
broden  Broden, as its authors pack it
masks   a folder of images and of masks
"""

from repscope.data.concepts._contract import CONCEPT_SOURCES, ConceptData, ConceptSource, load_concepts

__all__ = ["CONCEPT_SOURCES", "ConceptData", "ConceptSource", "load_concepts"]
