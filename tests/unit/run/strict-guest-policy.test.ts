/** Tests that the guest gives the builtins and modules that the strict policy lists, on the embedded engine. */

import { describe, expect, it } from "vitest";
import { importableModules } from "../../../src/policy/policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { STRICT } from "../../../src/policy/presets.js";
import { deriveGuestPolicy } from "../../../src/run/guest-policy.js";
import type { GuestPolicy } from "../../../src/sandbox/engine.js";
import { embeddedPython } from "../../support/embedded-engine.js";
import { allBuiltins } from "../../support/guest-policies.js";
import { SAFE_BUILTINS } from "../../support/preset-facts.js";

/** Only the interpreter itself finds this name. */
const FOR_THE_INTERPRETER = "__build_class__";

/** Names of the program's own module. The policy does not list them. */
const OF_THE_GUEST = ["__name__", "__doc__", "__package__"];

/** Every builtin of CPython 3.11 that the policy does not list. */
const OTHER_BUILTINS =
  `__doc__ __import__ __loader__ __builtins__ __name__ __package__ __spec__ breakpoint compile copyright credits eval
  exec globals help input license locals open`.split(/\s+/);

/** Modules of CPython 3.11's standard library that can be a risk, or that the allowed modules import. */
const OTHER_MODULES =
  `_abc _ast _codecs _collections _ctypes _decimal _functools _imp _io _json _operator _posixsubprocess _random
  _signal _socket _sre _thread _tracemalloc _warnings _weakref ast asyncio atexit builtins bz2 code codecs codeop
  concurrent.futures configparser contextvars copyreg ctypes curses dis email encodings ensurepip errno faulthandler
  fcntl filecmp fileinput fnmatch ftplib gc getpass gettext glob gzip http imaplib importlib importlib.machinery
  inspect ipaddress js keyword linecache locale logging lzma marshal mmap multiprocessing netrc nntplib opcode
  optparse os os.path pathlib pdb pickle pickletools pip pkgutil platform plistlib poplib posix posixpath profile pty
  pwd py_compile pydoc queue readline reprlib resource runpy sched select selectors shelve shlex shutil signal site
  smtplib socket socketserver sqlite3 sre_compile sre_parse ssl stat stringprep subprocess symtable sys sysconfig
  syslog tarfile telnetlib tempfile termios threading token tokenize tomllib trace tracemalloc tty types unittest
  urllib.request urllib.error urllib.response webbrowser weakref wsgiref xml xml.etree.ElementTree xmlrpc zipapp
  zipfile zipimport`.split(/\s+/);

const ALLOWED = importableModules(STRICT) as readonly string[];

const run = embeddedPython();

describe("under the strict policy a Python program", () => {
  it("sees the names that the policy calls safe, and no other builtin", async () => {
    const candidates = [...new Set([...SAFE_BUILTINS, ...OTHER_BUILTINS])];
    const seen = await report(
      candidates.map((name) => `try:\n    ${name}\n    seen.append("${name}")\nexcept NameError: pass`),
    );
    const safe = new Set([...SAFE_BUILTINS, ...OF_THE_GUEST]);
    safe.delete(FOR_THE_INTERPRETER);
    expect(seen.sort()).toEqual([...safe].sort());
  });

  it("can import the modules that the policy allows, and no other", async () => {
    const candidates = [...new Set([...ALLOWED, ...OTHER_MODULES])];
    const seen = await report(candidates.map((name) => tryImport(name)));
    // `import os.path` binds `os`, so there is one: it holds nothing but `path`.
    expect(seen.sort()).toEqual([...ALLOWED, "os"].sort());
  });

  it("can import more without the guest policy, so the test above can fail", async () => {
    const seen = await report(
      ["os", "sys", "socket", "js", "no_such_module"].map((name) => tryImport(name)),
      allBuiltins(),
    );
    expect(seen).toEqual(["os", "sys", "socket"]);
  });

  it("gets an ImportError that names the module and the policy", async () => {
    const [message] = await report(["try:\n    import socket\nexcept ImportError as error: seen.append(str(error))"]);
    expect(message).toContain("socket");
    expect(message).toContain('the policy "strict" does not allow it');
  });
});

function tryImport(name: string): string {
  return `try:\n    import ${name}\n    seen.append("${name}")\nexcept ImportError: pass`;
}

/** Runs the attempts in one program and returns the list `seen` that they fill. */
async function report(
  attempts: readonly string[],
  guestPolicy: GuestPolicy = deriveGuestPolicy(STRICT, new PolicySet([STRICT], "strict")),
): Promise<string[]> {
  const code = `seen = []\n${attempts.join("\n")}\nfor name in seen: print(name)`;
  const { ending, stdout, error } = await run({ code, guestPolicy });
  expect({ ending, error }).toEqual({ ending: "ok", error: null });
  return stdout.text.split("\n").filter((line) => line !== "");
}
