/** The `strict` preset: pure computation and nothing else. The server's default. */

import { definePolicy, type Policy } from "./policy.js";
import type { RuleId } from "./rule.js";
import { SEVERITY } from "./severity.js";

export const IMPORTABLE_MODULES: readonly string[] = words(`
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

export const DENIED_BUILTINS: Readonly<Record<string, RuleId>> = {
  eval: "PY-DYN-001",
  exec: "PY-DYN-001",
  compile: "PY-DYN-001",
  __import__: "PY-DYN-001",
  open: "PY-FILE-001",
  globals: "PY-INTRO-001",
  locals: "PY-INTRO-001",
  vars: "PY-INTRO-001",
  input: "PY-PROC-001",
  breakpoint: "PY-PROC-001",
  help: "PY-PROC-001",
  license: "PY-PROC-001",
  credits: "PY-PROC-001",
  copyright: "PY-PROC-001",
};

export const SAFE_BUILTINS: readonly string[] = words(`
  abs aiter all anext any ascii bin bool bytearray bytes callable chr classmethod complex delattr dict dir divmod
  enumerate exit filter float format frozenset getattr hasattr hash hex id int isinstance issubclass iter len list map
  max memoryview min next object oct ord pow print property quit range repr reversed round set setattr slice sorted
  staticmethod str sum super tuple type vars zip
  False None True Ellipsis NotImplemented __build_class__ __debug__
  ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError
  BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError
  ConnectionResetError DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup
  FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning
  IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError
  ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError
  PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning
  RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit
  TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
  UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
`);

export const STRICT: Policy = definePolicy({
  name: "strict",
  threshold: SEVERITY.LOW,
  importableModules: IMPORTABLE_MODULES,
  safeBuiltins: SAFE_BUILTINS,
  deniedBuiltins: DENIED_BUILTINS,
});

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
