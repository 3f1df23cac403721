"""Panels: the parts of a report, one file each, found by the file's name.

    _contract    what a panel declares, and the registry
    findings     what was found, in words
    curves       one chart for every measure of single layers
    matrices     heat maps for every measure of pairs of layers
    scales       scores over scales, the best window of each layer
    layers       the table of layers
    units        links to the looks at single units
    neighbours   the explorer: the nearest neighbours of a sample at every layer
    reproduce    settings, versions and digests

A new panel is one new file; a package outside names its panel in the entry point group ``repscope.report.panels``.
"""

from repscope.report.panels._contract import PANELS, Panel

__all__ = ["PANELS", "Panel"]
