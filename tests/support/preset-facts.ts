/** Facts about the policies for tests: the presets by name, and the safe builtins of Python. */

import type { Policy } from "../../src/policy/policy.js";
import { PRESETS } from "../../src/policy/presets.js";
import { parseWords } from "../../src/analysis/word-list.js";

export function presetNamed(name: string): Policy | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

/** The builtins of `get_safe_builtins()` in the requirements (docs/origins.md), and more that ordinary programs use. */
export const SAFE_BUILTINS: readonly string[] = parseWords(`
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
