"""The command line: one file per command, no computation here.

_app           the application; errors as sentences, exit codes, --debug
_options       options that several commands share; settings from a YAML file
_run_settings  the settings file of a run folder
_index         an entry of an index page
_show          tables and findings in the terminal, JSON for programs
analyze, record, graphs, merge, compare, study, advise, look, map, bridge, retrieve, transfer, embed, search, report, networks, layers, cost, train, data, info, demo   one each

A new command is one new file with a function `command`, or several under one name in `commands`; nothing else is edited.
"""

from repscope.cli._app import main

__all__ = ["main"]
