/** Where modules are: on every engine, in containers only, or in the data-science image. */

import { LIBRARY_NAMES } from "../analysis/library-names.js";
import { parseWords } from "../analysis/word-list.js";

/** Modules of the library, or of a later one, that no engine has. */
const NOWHERE: ReadonlySet<string> = new Set(
  parseWords(`
  annotationlib compression ctypes ensurepip lib2to3 mmap msilib msvcrt nt tkinter turtle turtledemo winreg winsound
`),
);

/** Modules of the library that containers have and the embedded engine has not. */
const CONTAINERS_ONLY: ReadonlySet<string> = new Set(
  parseWords(`
  asynchat asyncore curses distutils fcntl grp lzma multiprocessing nis ossaudiodev pty pwd pydoc_data readline resource
  rlcompleter smtpd spwd ssl syslog termios tty uu venv webbrowser xdrlib
`),
);

/** Top-level modules of the packages in the data-science image. */
const DATA_SCIENCE: ReadonlySet<string> = new Set(
  parseWords(`
  numpy pandas matplotlib mpl_toolkits pylab scipy sklearn seaborn statsmodels patsy joblib sympy mpmath networkx
  openpyxl PIL bs4 lxml dateutil pytz faker pytest yaml six packaging pyparsing cycler kiwisolver contourpy fontTools
  attr attrs decorator et_xmlfile iniconfig isympy jdcal more_itertools pkg_resources pluggy py soupsieve threadpoolctl
  unidecode
`),
);

/**
 * Top-level modules of well-known packages that no image has. Names that a project may well give to a module of its own
 * are left out.
 */
const PACKAGES: ReadonlySet<string> = new Set(
  parseWords(`
  requests httpx aiohttp urllib3 httplib2 requests_html requests_toolbelt mechanize websocket websockets socketio
  paramiko fabric pysftp zmq pika kafka confluent_kafka grpc thrift scapy dns whois netaddr pyshark
  flask flask_cors flask_login flask_sqlalchemy django rest_framework fastapi starlette uvicorn gunicorn tornado twisted
  sanic quart bottle cherrypy werkzeug itsdangerous jinja2 markupsafe mako streamlit gradio dash
  selenium playwright scrapy pyppeteer splinter html5lib feedparser newspaper trafilatura cloudscraper parsel tweepy
  boto3 botocore s3fs gcsfs openai anthropic cohere mistralai ollama langchain langgraph llama_index litellm tiktoken
  transformers datasets tokenizers huggingface_hub sentence_transformers diffusers accelerate peft sentencepiece
  torch torchvision torchaudio pytorch_lightning tensorflow tensorflow_hub keras jax flax mxnet paddle onnx onnxruntime
  xgboost lightgbm catboost imblearn umap hdbscan prophet pmdarima shap optuna hyperopt mlflow wandb tensorboard
  spacy nltk gensim textblob langdetect wordcloud rapidfuzz fuzzywuzzy thefuzz jellyfish Levenshtein
  cv2 skimage imageio pytesseract easyocr moviepy pydub librosa soundfile torchmetrics faiss chromadb qdrant_client
  plotly bokeh altair holoviews pyecharts pyvis folium geopandas shapely fiona pyproj rasterio cartopy geopy osmnx
  polars pyarrow dask numba cupy Cython xarray zarr netCDF4 h5py numexpr pyspark modin vaex duckdb sqlalchemy
  psycopg psycopg2 asyncpg pymysql MySQLdb aiomysql aiosqlite pymongo redis peewee alembic tortoise elasticsearch
  pydantic marshmallow cattrs msgspec typer rich tqdm colorama termcolor tabulate prettytable loguru structlog
  docopt questionary pyfiglet alive_progress simplejson orjson ujson msgpack toml tomlkit ruamel dotenv decouple
  jsonschema xmltodict xlrd xlwt xlsxwriter pypdf PyPDF2 pdfplumber pdfminer reportlab docx pptx docx2txt markdown
  cryptography Crypto Cryptodome nacl jwt jose passlib bcrypt OpenSSL certifi chardet charset_normalizer idna
  psutil pexpect watchdog apscheduler celery pendulum arrow dateparser humanize tzlocal holidays toolz
  cytoolz sortedcontainers bitarray cachetools diskcache tenacity wrapt typing_extensions annotated_types zstandard lz4
  hypothesis nose freezegun pytest_mock pylint flake8 mypy autopep8 isort IPython ipywidgets
  nbformat yfinance ccxt backtrader talib web3 eth_account telegram telebot slack_sdk twilio sendgrid
  pygame pyglet kivy PyQt5 PyQt6 PySide2 PySide6 customtkinter pyautogui pynput pyperclip serial gpiozero
  rdkit Bio astropy pymatgen qiskit cvxpy pulp ortools pyomo gym gymnasium stable_baselines3 igraph pydot
  qrcode pywt pyod tsfresh sktime darts
`),
);

/**
 * The place where a module can be found: every engine, the containers, the data-science image, or none of them. A
 * `package` is known, and no image has it.
 */
export type ModuleHome = "everywhere" | "containers" | "data-science" | "nowhere" | "package" | "unknown";

/** Returns the home of a module, a dotted name. A name that nobody knows may be a module of the caller's own. */
export function homeOf(module: string): ModuleHome {
  const top = module.split(".", 1)[0] ?? module;
  if (DATA_SCIENCE.has(top)) return "data-science";
  if (NOWHERE.has(top)) return "nowhere";
  if (CONTAINERS_ONLY.has(top)) return "containers";
  if (PACKAGES.has(top)) return "package";
  return LIBRARY_NAMES.has(top) || top.startsWith("_") ? "everywhere" : "unknown";
}
