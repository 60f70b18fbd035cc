/** Lists of Python modules for the presets. The policies of operators may name any other module. */

import { parseWords } from "../analysis/word-list.js";

/** Modules for computation: they need no file, process or network. `strict` allows only these. */
export const PURE_MODULES: readonly string[] = parseWords(`
  math cmath decimal fractions statistics random
  itertools functools operator
  collections collections.abc heapq bisect array queue sched
  string re textwrap unicodedata fnmatch shlex
  json json.decoder json.encoder csv base64 binascii codecs hashlib hmac struct zlib gzip bz2
  datetime calendar zoneinfo time colorsys ipaddress
  typing types dataclasses enum abc copy pprint reprlib numbers contextlib contextvars weakref graphlib difflib
  uuid secrets
  html html.entities html.parser xml xml.etree xml.etree.ElementTree email email.message mimetypes
  urllib urllib.parse io configparser tomllib
  os.path posixpath ntpath pathlib
  asyncio
  ast inspect keyword token tokenize
  argparse doctest logging unittest unittest.mock sys
  warnings traceback timeit __future__
`);

/** More modules that ordinary programs use. `production` allows them too. */
export const COMMON_MODULES: readonly string[] = parseWords(`
  glob zipfile lzma locale threading concurrent concurrent.futures
`);
