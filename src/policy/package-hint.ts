/** What to write in the place of well-known packages of Python, where the policy allows what that needs. */

import { parseWords } from "../analysis/word-list.js";

/** For modules that open connections. */
export const NO_NETWORK = "There is no network: fetch the data outside and pass it in `inputs` or `files`";

const NO_SERVER = "Nothing can connect to a server here: call its functions from the program itself";
const LEARNING = "The data-science image of the Docker engine has scikit-learn: use sklearn";
const TABLES = "The data-science image of the Docker engine has pandas; everywhere there is csv";

/** Names of packages, the modules that the hint needs, and the hint. */
const ENTRIES: readonly (readonly [packages: string, needs: string, hint: string])[] = [
  [
    "httplib2 requests_html requests_toolbelt mechanize websocket socketio fabric pysftp zmq pika kafka grpc whois " +
      "dns feedparser newspaper trafilatura cloudscraper tweepy botocore s3fs gcsfs yfinance cohere ollama telegram " +
      "slack_sdk twilio sendgrid asynchat asyncore imaplib nntplib poplib smtpd socketserver telnetlib wsgiref " +
      "xmlrpc _socket _ssl",
    "",
    NO_NETWORK,
  ],
  [
    "flask django fastapi starlette uvicorn gunicorn tornado twisted sanic quart bottle cherrypy werkzeug streamlit " +
      "gradio dash flask_cors flask_login flask_sqlalchemy rest_framework",
    "",
    NO_SERVER,
  ],
  [
    "torch torchvision tensorflow keras jax flax mxnet xgboost lightgbm catboost imblearn pytorch_lightning",
    "sklearn",
    LEARNING,
  ],
  ["polars pyarrow dask modin vaex duckdb", "pandas", TABLES],
  ["plotly bokeh altair holoviews pyecharts", "matplotlib", "The data-science image has matplotlib: use that"],
  ["cv2 skimage imageio", "PIL", "The data-science image has Pillow and NumPy: use PIL"],
  ["xlrd xlwt xlsxwriter", "openpyxl", "The data-science image has openpyxl; everywhere there is csv"],
  ["sqlalchemy peewee tortoise alembic aiosqlite", "sqlite3", "Use sqlite3"],
  [
    "psycopg psycopg2 asyncpg pymysql MySQLdb aiomysql mysql elasticsearch",
    "sqlite3",
    "There is no network, and so no server: use sqlite3",
  ],
  ["pydantic marshmallow msgspec cattrs", "dataclasses", "Use dataclasses, and check the values in __post_init__"],
  ["click typer fire docopt", "argparse", "Use argparse"],
  ["rich tabulate prettytable texttable", "", 'Print with widths of your own: f"{name:<20}{value:>10.2f}"'],
  ["colorama termcolor", "", "Print plain text: nobody sees colours here"],
  ["tqdm alive_progress", "", "Leave it out: loop over the list itself, and print what is done"],
  ["simplejson orjson ujson", "json", "Use json"],
  ["toml tomli tomlkit", "tomllib", "Use tomllib, which reads TOML; write it with print"],
  ["xmltodict html5lib", "xml.etree.ElementTree", "Use xml.etree.ElementTree, or html.parser for HTML"],
  ["PyPDF2 pypdf pdfplumber pdfminer fitz", "", "Nothing here reads a PDF: pass its text in `inputs` or `files`"],
  ["loguru structlog", "logging", "Use logging"],
  ["dotenv decouple environs", "", "Pass the settings in `inputs`"],
  ["cryptography Crypto Cryptodome nacl bcrypt passlib", "hashlib", "Use hashlib, hmac and secrets"],
  ["chardet charset_normalizer", "", "Try encodings in turn: data.decode(name), and catch UnicodeDecodeError"],
  ["pendulum arrow dateparser tzlocal", "datetime", "Use datetime"],
  ["dateutil", "datetime", "Use datetime.fromisoformat, strptime and timedelta"],
  ["pytz tzdata", "datetime", "Use datetime.timezone"],
  ["sortedcontainers", "bisect", "Use bisect and sorted"],
  ["more_itertools toolz cytoolz", "itertools", "Use itertools and functools"],
  ["cachetools diskcache", "functools", "Use functools.lru_cache"],
  ["tenacity retrying backoff", "", "Write a loop with try and except"],
  ["hypothesis", "random", "Use random, with a seed, in a loop"],
  ["faker", "random", "Use random.choice over lists of names and words"],
  ["freezegun pytest_mock mock", "unittest.mock", "Use unittest.mock"],
  ["nose", "unittest", "Use unittest"],
  ["pyfakefs", "tempfile", "Use tempfile.TemporaryDirectory: the files of this sandbox are thrown away anyway"],
  ["regex", "re", "Use re"],
  [
    "fuzzywuzzy rapidfuzz thefuzz Levenshtein jellyfish textdistance",
    "difflib",
    "Use difflib.SequenceMatcher and difflib.get_close_matches",
  ],
  ["nltk spacy gensim textblob", "collections", "Use re, str.split and collections.Counter"],
  ["jinja2 mako chevron", "string", "Use string.Template, or f-strings"],
  ["IPython", "", "Use print, or write the value as the last line of the program"],
  ["typing_extensions", "typing", "Use typing"],
  ["wrapt", "functools", "Use functools.wraps"],
  ["matplotlib seaborn wordcloud", "", "Print a table, or rows of signs as bars"],
  ["sklearn statsmodels", "statistics", "Use statistics: it has linear_regression, correlation and NormalDist"],
  ["networkx igraph", "collections", "Use a dictionary of sets, with collections.deque or heapq"],
  ["openpyxl", "csv", "Use csv"],
  ["bs4 lxml", "html.parser", "Use html.parser, or xml.etree.ElementTree for XML"],
  ["unidecode", "unicodedata", 'Use unicodedata.normalize("NFKD", text), and leave out the combining characters'],
  ["attr attrs", "dataclasses", "Use dataclasses"],
  ["urllib2 urlparse", "urllib.parse", "This is Python 3: use urllib.parse; there is no network"],
  ["StringIO cStringIO", "io", "This is Python 3: use io.StringIO"],
  ["cPickle", "pickle", "This is Python 3: use pickle"],
  ["ConfigParser", "configparser", "This is Python 3: use configparser"],
  ["Queue", "queue", "This is Python 3: use queue"],
  ["lzma", "bz2", "Use bz2 or zlib"],
  ["multiprocessing", "", "Call the functions one after the other"],
  ["pwd grp resource fcntl termios", "", "Leave out what asks about the machine: the program is alone in its sandbox"],
  ["curses readline", "", "Print text: there is no terminal"],
  ["tkinter turtle pygame PyQt5 PyQt6 kivy pyautogui", "", "There is no screen: print text"],
  ["compression", "gzip", "Import gzip, bz2 or zlib"],
  ["annotationlib", "typing", "Use typing.get_type_hints"],
];

const BY_NAME: ReadonlyMap<string, readonly [needs: string, hint: string]> = new Map(
  ENTRIES.flatMap(([packages, needs, hint]) => parseWords(packages).map((name) => [name, [needs, hint]] as const)),
);

/** Returns a suggestion of one sentence for a package, by its top name. Undefined if none is known that would work. */
export function packageHint(top: string, importable: readonly string[] | "all"): string | undefined {
  const [needs = "", hint] = BY_NAME.get(top) ?? [];
  const isThere = needs === "" || importable === "all" || importable.includes(needs);
  return isThere ? hint : undefined;
}
