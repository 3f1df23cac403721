"""Data sets: images with a stable id and an optional label each, addressed by name.

    _dataset    the DataSet itself: order, ids, labels, partitions, balanced subsets
    _source     the contract of a source: what one file of this folder defines
    digits      scikit-learn's 1,797 handwritten digits
    glyphs      characters rendered from the typefaces that matplotlib ships
    scenes      things made of parts, every pixel known
    folder      a folder of images, with a folder per class or flat
    cifar10     CIFAR-10 in its binary or its Python version
    imagenet64  ImageNet down-sampled to 64 pixels
    lfw         a folder of aligned faces for each person
    oxford      Oxford Buildings and Paris, with judgements
    holidays    INRIA Holidays, with judgements
    python      any torch data set, from PACKAGE.MODULE:FUNCTION

    _settings        settings looked at once, refused with what is expected
    _glyph_faces     characters of the typefaces, merged where they are the same, as distance fields
    _glyph_scene     distance fields to images, in batches; _textures has their surfaces
    _file_digests    digests of files' contents, kept so that they are computed once
    _pictures        files of every format to RGB as people see it
    _pickled_arrays  arrays out of a pickle without running it
    _concept_scene   scenes of things; _scene_parts are their shapes
    concepts/        data sets with masks of concepts
    _planes          images stored as rows of red, green, blue
    _pairs           pairs of images in folds, in the format of LFW
    _retrieval       pictures by name, queries cut out of them
    _judgements      which images answer a query, and junk
    _saving          a data set as a folder of pictures
    _contact_sheet   a few images of each class side by side

`load_data("glyphs")`, `load_data("folder:DIR")`: the word before the colon is the file of this folder, the rest
goes to its `load`. A new source is one new file; nothing else is edited.
"""

from repscope.data._dataset import DataSet, Images
from repscope.data._judgements import Judgements
from repscope.data._pairs import Pairs, draw_pairs, read_pairs, write_pairs
from repscope.data._saving import save_folder
from repscope.data._source import DATA_SOURCES, DataSource, load_data

__all__ = [
    "DATA_SOURCES",
    "DataSet",
    "DataSource",
    "Images",
    "Judgements",
    "Pairs",
    "draw_pairs",
    "load_data",
    "read_pairs",
    "save_folder",
    "write_pairs",
]
