"""The exact search: products of tiles find candidates, differences in float64 settle them, a bound proves each row.

points ──► centre and range ──► rounded points ──► tiles of products ──► reservoirs ──► candidates
    ──► distances from differences ──► proved rows; the rest ──► more precise products ──► differences to all points

rows              passes over the rows: keys, finiteness, centre and range
search            one search: its plan, and the answer as it fills
products          int8, bfloat16, float32, float64, and points rounded to them
probes            what the machine multiplies fast, and whether rightly
int8              points rotated and rounded to eight bits
tiles             all pairs of points as pairs of blocks
rounded_points    the points in the precision of a product
plan              which product, how many candidates
all_pairs         tiles of products ──► reservoirs, resumed where they were interrupted
reservoirs        the best few others of each row
shares            reservoirs of several machines put together
candidates        what a product found
settle            candidates ──► distances ──► proved rows
certificate       the rounding bound by which a row is proved
distances         squared distances from differences, in float64
rest              rows not proved: a more precise product, or differences
card              points on a GPU, and what it says when it has no more room
answer            the answer as it fills
loops, reservoir_loops, difference_loops   the compiled loops
"""
