/** Lists of Python modules for the presets. The policies of operators may name any other module. */

import { parseWords } from "../analysis/word-list.js";

/** Modules for pure computation. `strict` allows only these. */
export const PURE_MODULES: readonly string[] = parseWords(`
  math cmath decimal fractions statistics random
  itertools functools operator
  collections collections.abc heapq bisect array
  string re textwrap unicodedata
  json json.decoder json.encoder csv base64 binascii hashlib hmac zlib struct
  datetime calendar zoneinfo time
  typing dataclasses enum abc copy pprint numbers contextlib graphlib difflib uuid secrets
  html html.entities urllib urllib.parse io
  warnings traceback timeit __future__
`);

/** More modules that ordinary programs use. `production` allows them too. */
export const COMMON_MODULES: readonly string[] = parseWords(`
  sys types queue sched weakref contextvars reprlib keyword token tokenize colorsys ipaddress
  argparse shlex fnmatch glob pathlib posixpath ntpath configparser tomllib codecs locale
  html.parser xml xml.etree xml.etree.ElementTree email email.message mimetypes
  logging unittest asyncio threading concurrent concurrent.futures
  gzip bz2 lzma zipfile inspect ast
`);
