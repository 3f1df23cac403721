"""Studies: what combines recordings, graphs and measures.

network + data ──► analyze() ──► run folder: recordings, graphs, scores ──► Run
Run + Run      ──► compare() ──► Comparison: curves over each other, inter-NNLS; of more runs, Comparisons

_table      scores by partition and layer: curves, matrices, frames
_plots      the same as matplotlib figures
_scoring    every measure on every layer or pair of layers
_measure_words  what a measure says about itself, installed or not
_published  figures from the papers (published/), to hold beside one's own
_view       a layer of a recording, as a measure sees it
_run        the Run: a folder with recordings, graphs, scores and report
_analysis   analyze()
_comparison  the Comparison of two runs
_comparisons  compare(), and the Comparisons of several
_shares     what is computed in shares: share_graphs(), merge()
_costs      what an analysis will take of the disk
_building   the graphs of all layers
_in_passes  graphs of layers that the disk does not hold together
_shared_graphs  a share of a graph, and the graph from its shares
_graphs_by_engine  graphs by the workers of a Ray cluster
_study      the Study: settings, a folder, what is done is kept; look-up by name
_result     what a study leaves: sentences, figures, tables
_families   networks that differ in nothing but the seed
_ab_findings  the findings of the thesis, asked of two families
_ab_figures  the figures of two families
_ab_published  what the thesis published of its two families, beside ours
_grounding_tests  what a measure must find of networks that are known to differ
_complexity  what networks with attention cost, beside what was published
_changed_images  images that are changed when asked for
_augmentation_words  what augmentation gives, in tables and words
_augmented   a data set whose images are changed as an augmentation changes them
_trainings   many trainings at a time, each in a process of its own
_trained_alike  what studies of variants of one network have in common
_designs     designs of a residual network that are compared
_plan        what a study can know before it trains: samples, neighbors, layers that are possible
_paired      means over seeds, and differences seed by seed
_scatter     points with names and areas
_windows     which window of attention each stage asks for
_while_training  analyses of a network while it is trained
_noised      a data set with noise on its images
_sampling_figures  scores over numbers of samples and of neighbours
_operations  the operations inside the blocks of a network
_list_scores  scores of lists of differing length
_graphs_words  what kinds of graph do, in words
_dynamics_words  what becomes of the layers in a training, in words
_one_network  what studies of one network have in common
_across     what studies of maps between networks have in common
_interchange  embeddings of many networks, mapped into one another's classifiers
_interchange_figures  tables, figures and sentences of that
_interchange_published  the papers' tables of hybrids, beside ours
_unexplained  what a linear map from one network does not see of another
_verification_figures  what verification across networks found
_bridging   maps between models, from files of embeddings or from networks and images
_curves      curves of scores over layers, as JSON holds them; figures of them
_detectors   which units detect a concept, beside networks of random weights
_checkpoints  weights of one training at several epochs
_unit_questions  what is asked of units
_unit_words  what was found of them, in tables and words
_class_half  half of the classes, as a data set of its own
_random_labels_words  what random labels showed
_with_patterns  a data set and patterns as one class more
_subjects   networks, data and subsets as studies need them

Every other file is one study, found by the file's name:

advice      whether attention at the advised windows helps
attention   attention of several kinds and places, beside deeper and wider networks
ab          two training recipes, several seeds of each
augmentation  what each change of the training images gives, and from which layer on networks look past it
brains      which layer is most like what neurons answered
classes     easy and hard classes, where each parts from the others, which stay confused
dimension   how far the estimate of intrinsic dimension can be trusted
dynamics    one training, epoch by epoch
emergence   when, in a training and along the depth, units begin to detect concepts
fine_tuning  what becomes of layers, units and retrieval when a network goes on to another task
fooling     is a network that has learnt fooling patterns fooled again?
graphs      what other kinds of neighbour graph do to the scores, and which samples they lose
greedy      windows of attention by trial, stage after stage
grounding   which measures tell networks apart that are known to differ
interchange  one network's embeddings in another's classifier, after a linear map
internals   every operation inside the blocks
map         every layer drawn in two dimensions
noise       what noise on the data does to the curves
pairs       when two samples become neighbours along the depth, and cease to be
random_labels  what a network learns by heart, what holds it back, what is inside it then
transferability  how many first layers serve another task, frozen or trained further
sampling    from how many samples, for which numbers of neighbours the curves stay as they are
units       units or space, redundant, invertible, what they detect
verification  same identity or not, across networks that have seen other identities
"""

from repscope.studies._analysis import analyze
from repscope.studies._comparison import Comparison
from repscope.studies._comparisons import Comparisons, compare
from repscope.studies._complexity import complexity_table
from repscope.studies._published import SOURCES as PUBLISHED_SOURCES
from repscope.studies._published import published
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._run import Run
from repscope.studies._shares import merge, share_graphs
from repscope.studies._study import STUDIES, Study, study
from repscope.studies._table import ScoreRow, ScoreTable
from repscope.studies._while_training import AnalysesWhileTraining
from repscope.studies._windows import StageWindow, stage_windows

__all__ = [
    "PUBLISHED_SOURCES",
    "STUDIES",
    "AnalysesWhileTraining",
    "Comparison",
    "Comparisons",
    "Run",
    "ScoreRow",
    "ScoreTable",
    "StageWindow",
    "Study",
    "StudyFigure",
    "StudyResult",
    "StudyTable",
    "analyze",
    "compare",
    "complexity_table",
    "merge",
    "published",
    "share_graphs",
    "stage_windows",
    "study",
]
