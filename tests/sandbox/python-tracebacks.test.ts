/** What a Python program can print about its own stack: its own file and its own lines, and nothing of the guest. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const lines = (...all: readonly string[]): string => all.join("\n");

/** Programs, each with texts that it must print. */
const PROGRAMS: readonly (readonly [name: string, code: string, printed: readonly string[]])[] = [
  [
    "traceback.format_exc of an error in its own function",
    lines(
      "import traceback",
      "def f():",
      "    return 1 / 0",
      "try:",
      "    f()",
      "except ZeroDivisionError:",
      "    print(traceback.format_exc())",
    ),
    ['File "program.py", line 5, in <module>\n    f()', 'File "program.py", line 3, in f\n    return 1 / 0'],
  ],
  [
    "the stack that print_stack and format_stack show",
    lines(
      "import traceback",
      "def f():",
      "    traceback.print_stack()",
      "    print(''.join(traceback.format_stack()))",
      "f()",
    ),
    [
      'File "program.py", line 5, in <module>\n    f()',
      "line 3, in f\n    traceback.print_stack()",
      "line 4, in f\n    print(",
    ],
  ],
  [
    "a walk over the stack",
    lines(
      "import traceback",
      "def f():",
      "    return [frame.f_lineno for frame, _ in traceback.walk_stack(None)]",
      "print(f())",
      "print(len(traceback.StackSummary.extract(traceback.walk_stack(None))))",
    ),
    ["[3, 4]\n1\n"],
  ],
  [
    "an error that open raises",
    lines(
      "import traceback",
      "try:",
      "    open('/nowhere/x')",
      "except OSError as e:",
      "    traceback.print_exc()",
      "    print([x.lineno for x in traceback.extract_tb(e.__traceback__)])",
    ),
    ["line 3, in <module>\n    open('/nowhere/x')\nFileNotFoundError", "[3]\n"],
  ],
  [
    "an error that import raises, and the error that follows from it",
    lines(
      "import traceback",
      "try:",
      "    try:",
      "        import nowhere_x",
      "    except ImportError as e:",
      "        raise ValueError('v') from e",
      "except ValueError as e:",
      "    print(''.join(traceback.TracebackException.from_exception(e).format()))",
    ),
    [
      "line 4, in <module>\n    import nowhere_x\nModuleNotFoundError",
      "direct cause",
      "line 6, in <module>\n    raise ValueError('v') from e",
    ],
  ],
  [
    "a log of an error with its stack",
    lines(
      "import logging",
      "logging.basicConfig(format='%(filename)s %(lineno)d %(funcName)s %(message)s')",
      "def f():",
      "    try:",
      "        1 / 0",
      "    except ZeroDivisionError:",
      "        logging.exception('boom', stack_info=True)",
      "f()",
    ),
    ["program.py 7 f boom", "line 5, in f\n    1 / 0", "line 8, in <module>\n    f()"],
  ],
  [
    "warnings at each level of the stack",
    lines(
      "import warnings",
      "def f(n):",
      "    warnings.warn(f'level {n}', stacklevel=n)",
      "for n in range(1, 6):",
      "    f(n)",
    ),
    [
      "program.py:3: UserWarning: level 1\n  warnings.warn(f'level {n}', stacklevel=n)\n",
      "program.py:5: UserWarning: level 2\n  f(n)\n",
      "sys:1: UserWarning: level 3\nsys:1: UserWarning: level 4\nsys:1: UserWarning: level 5\n",
    ],
  ],
  [
    "a warning of the compiler",
    "x = 5\nif x is 7:\n    print(x)",
    ['program.py:2: SyntaxWarning: "is" with a literal', "\n  if x is 7:"],
  ],
  [
    "an error in __del__ and one in a generator that is closed",
    lines(
      "class A:",
      "    def __del__(self):",
      "        raise ValueError('in del')",
      "def g():",
      "    try:",
      "        yield",
      "    finally:",
      "        raise KeyError('in generator')",
      "a, b = A(), g()",
      "next(b)",
      "del a, b",
    ),
    [
      "Exception ignored in: <function A.__del__",
      "line 3, in __del__\n    raise ValueError('in del')",
      "line 8, in g\n    raise KeyError('in generator')",
    ],
  ],
  [
    "an error shown by sys.excepthook",
    lines(
      "import sys",
      "try:",
      "    1 / 0",
      "except ZeroDivisionError:",
      "    sys.excepthook(*sys.exc_info())",
      "    sys.__excepthook__(*sys.exc_info())",
    ),
    ["line 3, in <module>\n    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\nTraceback"],
  ],
  [
    "the list that inspect.stack and inspect.trace give",
    lines(
      "import inspect",
      "def f():",
      "    return [(s.filename, s.lineno, s.code_context) for s in inspect.stack()]",
      "print(f())",
      "try:",
      "    open('/nowhere/x')",
      "except OSError:",
      "    print([s.lineno for s in inspect.trace()])",
      "print(inspect.getsource(f))",
    ),
    ["('program.py', 4, ['print(f())\\n'])]\n[6]\ndef f():"],
  ],
  [
    "its own code after linecache has forgotten it",
    lines(
      "import linecache, traceback",
      "linecache.clearcache()",
      "try:",
      "    1 / 0",
      "except ZeroDivisionError:",
      "    traceback.print_exc()",
    ),
    ["line 4, in <module>\n    1 / 0"],
  ],
  [
    "an exception group",
    lines(
      "import traceback",
      "try:",
      "    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
      "except* ValueError:",
      "    traceback.print_exc()",
      "except* TypeError:",
      "    pass",
    ),
    ["line 3, in <module>\n  |     raise ExceptionGroup('g', [ValueError(1), TypeError(2)])"],
  ],
  [
    "an endless recursion",
    lines(
      "import traceback",
      "def f():",
      "    f()",
      "try:",
      "    f()",
      "except RecursionError:",
      "    print(traceback.format_exc())",
    ),
    ["line 3, in f\n    f()\n  [Previous line repeated"],
  ],
  [
    "a coroutine that is never awaited",
    "async def f(): pass\nc = f()",
    ["sys:1: RuntimeWarning: coroutine 'f' was never awaited"],
  ],
];

/** Words of the guest's own files and functions. */
const GUEST =
  /<sandbox|<string>|supervisor|\/program\.py|_bootstrap>|in (run|go|_run_in|_run_job|open|import_|find|module)\n/;

forEachEngine("A Python program sees no line of the guest in", (engine) => {
  it.each(PROGRAMS)("%s", async (_, code, printed) => {
    const ran = await engine.run({ code, fence: "open" });
    expect(ran).toMatchObject({ ending: "ok" });
    const text = ran.stdout.text + ran.stderr.text;
    for (const one of printed) expect(text).toContain(one);
    expect(text).not.toMatch(GUEST);
  });

  it("the same under the strict policy, whose guards raise", async () => {
    const code = lines(
      "import traceback",
      "def f(o):",
      "    return getattr(o, '__glo' + 'bals__')",
      "for one in (lambda: f(f), lambda: __import__('socket')):",
      "    try:",
      "        one()",
      "    except Exception:",
      "        print(traceback.format_exc())",
      "import socket",
    );
    const ran = await engine.run({ code });
    expect(ran.stdout.text).toContain("line 3, in f\n    return getattr(o, '__glo' + 'bals__')");
    expect(ran.stdout.text + ran.stderr.text + (ran.error?.traceback ?? "")).not.toMatch(GUEST);
    expect(ran.error).toMatchObject({ type: "ImportError", line: 9 });
  });

  it("an exception that a thread does not catch", async () => {
    if (!engine.hasProcesses) return;
    const code =
      "import threading\ndef f():\n    raise ValueError('in thread')\nthreading.Thread(target=f, name='T').start()";
    const { ending, stderr } = await engine.run({ code, fence: "open" });
    expect(ending).toBe("ok");
    expect(stderr.text).toContain("Exception in thread T:\nTraceback");
    expect(stderr.text).toContain("line 3, in f\n    raise ValueError('in thread')\nValueError: in thread");
    expect(stderr.text).not.toMatch(/<sandbox|supervisor/);
  });
});
