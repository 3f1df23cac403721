"""What every floor stands on; it imports nothing else of repscope.

errors      the tree of exceptions: what came, what was expected, what to do
optional    packages that are not required, imported where they are used
registry    finds measures, data sets, networks … by the name of their file, or by entry point
files       whole files or none: atomic writes, checksums
shared_folder  a folder for one process, or for several with a share of the work each
shares      the i-th of n parts of a job
digests     names for contents: arrays, weights, settings
numbers     numbers as text
squares     pictures of any shape in squares of one size
sprites     all pictures of a page in one sheet
own_code    code of the user's own, with all that it imports, by its contents
functions   a user's own function, from PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION
sameness    refuses to mix two things in one folder, and says where they differ
points      the rows of a matrix, wherever they lie
scaling     points times a power of two, so that products of their features are in range
memory      memory that is free when it is freed
threads     work shared among threads, each with linear algebra of its own
precision_settings  torch's settings of the precision of products
engines     where tasks run: here, or in the workers of a Ray cluster
job         whom a long computation tells how far it is, and where it keeps what is done
blocks      row ranges that fit a memory budget
progress    a bar with rate and time left, silent when nobody watches
"""
