/** Builtins that a Python program starts with where the policy gives it the safe ones. Document 003's get_safe_builtins() and what ordinary programs need besides. */

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

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
