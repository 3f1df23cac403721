"""What ten letters look like to a network, and to one of random weights

The picture to which each class of a small ResNet responds most: Fourier series in the colours of the data, shaken at every step
(C. Olah et al., Feature visualization, 2017). The same ascent in a network of random weights gives texture: what is in the upper row and not
in the lower was learnt.
"""

import copy
import sys

import matplotlib.pyplot as plt

from repscope import load_data, load_network
from repscope.units import Appearance, Colours, maximize
from repscope.units.attribution import draw_all_anew

network, data = load_network("repscope:resnet20-glyphs-augmented"), load_data("glyphs")
looks, colours = Appearance.of(network), Colours.of(network, data, most=200)
twin = copy.deepcopy(network.module)
draw_all_anew(twin)

figure, axes = plt.subplots(2, 10, figsize=(12, 2.9))
rows = {"trained": network.module, "random weights": twin}
for row, (name, module) in zip(axes, rows.items(), strict=True):
    made = maximize(module, list(range(10)), 160, network.input_shape, looks=looks, colours=colours)
    for axis, picture, letter in zip(row, looks.pictures(made.best), data.class_names, strict=True):
        axis.imshow(picture)
        axis.set(xticks=[], yticks=[], title=letter if name == "trained" else "")
    row[0].set_ylabel(name)
figure.tight_layout()
figure.savefig(sys.argv[1], dpi=120)
