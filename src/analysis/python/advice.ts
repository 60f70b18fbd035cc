/** Suggestions for findings about one name, where that of the rule does not lead on. */

import { parseWordSet } from "../word-list.js";

const PACKED =
  "Bytes in memory need no file: use gzip.decompress(data), or gzip.open(io.BytesIO(data)); bz2 has the same";
const FUNCTION = "Pass a function in the place of the text: timeit.timeit(lambda: work(10), number=1000)";
const PROFILES = "Profile a call in the place of the text: cProfile.Profile().runcall(work, 10), or a with statement";
const KINDS = "To test a value, use isinstance(x, types.FunctionType), callable(x) or inspect.isfunction(x)";
const FRAMES =
  "Write the name of the function out. traceback.format_exc tells the lines of an error, logging the place of a call";

const DATA_SET =
  "There is no network: name the file of the data in `files`, or use one that comes with its package, " +
  "as sklearn.datasets.load_iris and statsmodels.api.datasets.longley do";

/** The names, and the suggestion for them. */
const ADVICE: readonly (readonly [names: string, suggestion: string])[] = [
  ["gzip.open gzip.GzipFile bz2.open bz2.BZ2File", PACKED],
  [
    `seaborn.load_dataset seaborn.get_dataset_names statsmodels.api.datasets.get_rdataset
    statsmodels.datasets.get_rdataset sklearn.datasets.fetch_20newsgroups sklearn.datasets.fetch_california_housing
    sklearn.datasets.fetch_covtype sklearn.datasets.fetch_kddcup99 sklearn.datasets.fetch_lfw_pairs
    sklearn.datasets.fetch_lfw_people sklearn.datasets.fetch_olivetti_faces sklearn.datasets.fetch_openml
    sklearn.datasets.fetch_rcv1 sklearn.datasets.fetch_species_distributions nltk.download`,
    DATA_SET,
  ],
  ["timeit.timeit timeit.repeat timeit.Timer", FUNCTION],
  [
    "cProfile.run cProfile.runctx profile.run profile.runctx cProfile.Profile().run cProfile.Profile().runctx " +
      "profile.Profile().run profile.Profile().runctx",
    PROFILES,
  ],
  ["types.FunctionType types.LambdaType", KINDS],
  ["__subclasses__", "Collect the classes yourself: __init_subclass__ of a class is called for each class below it"],
  ["_getframe sys._getframe inspect.currentframe inspect.stack inspect.trace f_back f_code tb_frame", FRAMES],
  ["__code__", "Use inspect.signature for the parameters, and inspect.getsource for the text of a function"],
  ["__closure__ cell_contents", "Return the value from the function, or keep it in an object"],
  ["__globals__", "Use the names of the program themselves"],
  ["__spec__ __loader__", "Use __name__ and __file__"],
  [
    "sys.path",
    "Leave the line out, and import a module among `files` by its path from the root: from src.shop.cart import total",
  ],
];

const BY_NAME: ReadonlyMap<string, string> = new Map(
  ADVICE.flatMap(([names, suggestion]) => [...parseWordSet(names)].map((name): [string, string] => [name, suggestion])),
);

/** Returns the suggestion for a full name; undefined if that of the rule is right. */
export function adviceOn(full: string): string | undefined {
  return BY_NAME.get(full);
}
