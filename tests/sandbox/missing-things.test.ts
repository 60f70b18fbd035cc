/** What a Python sandbox does not have: the error says so in one sentence, and has the type that programs catch. */

import { expect, it } from "vitest";
import { type EngineName, type EngineUnderTest, forEachEngine } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const EMBEDDED: readonly EngineName[] = ["wasm"];
const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];
const NO_NETWORK: readonly EngineName[] = [...EMBEDDED, ...CONTAINERS];

const NETWORK = /there is no network here; fetch the data outside and pass it in `inputs` or `files`/;
const PROGRAMS = /Cannot start a program: there are no other programs here; do the work in Python/;
const THREADS = /this engine has no threads; call the functions one after the other/;
const ONE_PROCESS = /this engine has one process; call the functions one after the other/;
const SHARED = /processes share no memory here; use concurrent\.futures\.ThreadPoolExecutor, or Process with Pipe/;
const ZONES =
  /Cannot find the time zone .*: there are no time zones here but UTC; use datetime\.timezone.* or the Docker engine/;
const KEYBOARD = /nobody can type here/;

type Row = readonly [code: string, caught: string, message: RegExp, on?: readonly EngineName[]];

const FETCH = "import urllib.request\nurllib.request.urlopen";
const ASYNC = "import asyncio\nasync def main():\n    await asyncio.";

const ROWS: readonly Row[] = [
  ["from multiprocessing import Pool", "ImportError", ONE_PROCESS, EMBEDDED],
  ["import multiprocessing\nmultiprocessing.Process(target=print).start()", "ImportError", ONE_PROCESS, EMBEDDED],
  ["import multiprocessing\nmultiprocessing.Pool(2)", "OSError", SHARED, CONTAINERS],
  ["import multiprocessing\nmultiprocessing.Queue()", "OSError", SHARED, CONTAINERS],
  [
    "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor().submit(abs, 1)",
    "OSError",
    SHARED,
    CONTAINERS,
  ],
  ["from concurrent.futures import ProcessPoolExecutor", "ImportError", ONE_PROCESS, EMBEDDED],
  ["from concurrent.futures import ThreadPoolExecutor", "ImportError", THREADS, EMBEDDED],
  ["import concurrent.futures\nconcurrent.futures.ThreadPoolExecutor()", "ImportError", THREADS, EMBEDDED],
  ["import threading\nthreading.Thread(target=print).start()", "RuntimeError", THREADS, EMBEDDED],
  ["import threading\nthreading.Timer(1, print).start()", "RuntimeError", THREADS, EMBEDDED],
  ["import asyncio\nasyncio.run(asyncio.to_thread(print))", "RuntimeError", THREADS, EMBEDDED],
  ["import subprocess\nsubprocess.run(['ls'])", "FileNotFoundError", PROGRAMS, NO_NETWORK],
  ["import subprocess\nsubprocess.check_output('ls', shell=True)", "FileNotFoundError", PROGRAMS, NO_NETWORK],
  [`${ASYNC}create_subprocess_exec('ls')\nasyncio.run(main())`, "FileNotFoundError", PROGRAMS, NO_NETWORK],
  ["import os\nos.popen('ls').read()", "OSError", PROGRAMS, NO_NETWORK],
  ["import os\nos.execv('/bin/ls', ['ls'])", "OSError", PROGRAMS, CONTAINERS],
  ["import os\nos.fork()", "AttributeError", ONE_PROCESS, EMBEDDED],
  ["import os\nos.system('ls')", "AttributeError", /there are no other programs here/, EMBEDDED],
  ["import socket\nsocket.create_connection(('example.com', 80), timeout=1)", "OSError", NETWORK, NO_NETWORK],
  ["import socket\nsocket.gethostbyname('example.com')", "socket.gaierror", NETWORK, NO_NETWORK],
  ["import socket\nsocket.socket().connect(('192.0.2.1', 80))", "OSError", NETWORK, NO_NETWORK],
  [`${FETCH}('http://example.com/', timeout=1)`, "urllib.error.URLError", NETWORK, NO_NETWORK],
  [`${FETCH}('https://example.com/', timeout=1)`, "urllib.error.URLError", NETWORK, NO_NETWORK],
  [
    "import http.client\nhttp.client.HTTPConnection('example.com', timeout=1).request('GET', '/')",
    "OSError",
    NETWORK,
    NO_NETWORK,
  ],
  [`${ASYNC}open_connection('example.com', 80)\nasyncio.run(main())`, "OSError", NETWORK, NO_NETWORK],
  ["import os\nos.getuid()", "AttributeError", /this engine has no users and groups; leave it out/, EMBEDDED],
  ["import os\nos.pipe()", "AttributeError", /this engine has files only; use io\.BytesIO/, EMBEDDED],
  ["import os\nos.get_terminal_size()", "OSError", /Inappropriate ioctl for device/, NO_NETWORK],
  ["import os\nos.getlogin()", "OSError", /No such device or address|Inappropriate ioctl/, NO_NETWORK],
  ["import signal\nsignal.alarm(1)", "AttributeError", /this engine has no alarms; compare time\.monotonic/, EMBEDDED],
  ["input('name? ')", "EOFError", KEYBOARD],
  ["import getpass\ngetpass.getpass()", "EOFError", KEYBOARD],
  ["breakpoint()", "RuntimeError", KEYBOARD],
  ["import pdb\npdb.set_trace()", "RuntimeError", KEYBOARD],
  ["import ssl", "ImportError", NETWORK, EMBEDDED],
  ["import ctypes", "ImportError", /use struct, array and memoryview/, EMBEDDED],
  ["import tkinter", "ImportError", /there is no screen here/, NO_NETWORK],
  ["import curses\ncurses.initscr()", "Exception", /there is (no terminal|none) here; print text/, NO_NETWORK],
  ["import zoneinfo\nzoneinfo.ZoneInfo('Europe/Berlin')", "zoneinfo.ZoneInfoNotFoundError", ZONES, EMBEDDED],
  ["from zoneinfo import ZoneInfo\nZoneInfo('UTC+1')", "KeyError", ZONES, EMBEDDED],
  [
    "import hashlib\nhashlib.scrypt",
    "AttributeError",
    /this engine's Python has no OpenSSL; use hashlib\.pbkdf2/,
    EMBEDDED,
  ],
  [
    "import zoneinfo\nzoneinfo.ZoneInfo('Europe/Berln')",
    "KeyError",
    /^.?No time zone found with key Europe/,
    CONTAINERS,
  ],
  ["import lzma", "ImportError", /use bz2 or zlib/, EMBEDDED],
  ["import numpy", "ModuleNotFoundError", /No module named 'numpy': it is in the data-science image/, NO_NETWORK],
  ["import no_such_module", "ModuleNotFoundError", /^No module named 'no_such_module': it is not installed/],
  ["import requests_x.y", "ModuleNotFoundError", /^No module named 'requests_x': it is not installed/],
];

const isOn = (row: Row, engine: EngineUnderTest): boolean => row[3] === undefined || row[3].includes(engine.name);

forEachEngine("A Python program without it learns what is missing, and can go on:", (engine) => {
  const run = sharedGuest(engine);

  it.each(ROWS.filter((row) => isOn(row, engine)).map(([code, ...rest]) => ({ code, rest })))("$code", async (one) => {
    const { code, rest } = one;
    const [caught, message] = rest;
    const ran = await run({ code, fence: "open" });
    expect(ran.ending).toBe("error");
    expect(ran.error?.message).toMatch(message);
    expect(ran.error?.message).not.toContain("\n");
    const body = code.split("\n").map((line) => `    ${line}`);
    const guarded = [
      "import socket, urllib.error, zoneinfo",
      "try:",
      ...body,
      `except ${caught} as e:`,
      "    print('went on')",
    ];
    const again = await run({ code: guarded.join("\n"), fence: "open" });
    expect(again).toMatchObject({ ending: "ok" });
    expect(again.stdout.text).toMatch(/went on\n$/);
  });

  it("the zone UTC, which needs no table", async () => {
    const code = [
      "from datetime import datetime, timezone",
      "from zoneinfo import ZoneInfo",
      "at = datetime(2024, 1, 2, 3, tzinfo=ZoneInfo('UTC'))",
      "print(at.isoformat(), at.tzname(), ZoneInfo('UTC'), at == datetime(2024, 1, 2, 3, tzinfo=timezone.utc))",
      "print(datetime(2040, 1, 1, tzinfo=timezone.utc).astimezone(ZoneInfo('Etc/UTC')))",
    ];
    const ran = await engine.run({ code: code.join("\n"), fence: "open" });
    expect(ran.stdout.text).toBe("2024-01-02T03:00:00+00:00 UTC UTC True\n2040-01-01 00:00:00+00:00\n");
  });

  it("the name of its user", async () => {
    const ran = await run({ code: "import getpass\nprint(getpass.getuser().isidentifier())", fence: "open" });
    expect(ran).toMatchObject({ ending: "ok", stdout: { text: "True\n" } });
  });

  it("no warning about what it cannot change", async () => {
    const ran = await engine.run({
      code: "import hashlib\nhashlib.pbkdf2_hmac('sha256', b'a', b'b', 1)",
      fence: "open",
    });
    expect(ran).toMatchObject({ ending: "ok", stderr: { text: "" } });
  });

  it("what works instead does work", async () => {
    const code = [
      "import asyncio, bz2, struct, time, zlib",
      "async def one(n):",
      "    await asyncio.sleep(0.01)",
      "    return n * 2",
      "async def main():",
      "    return await asyncio.gather(*(one(n) for n in range(3)))",
      "print(asyncio.run(main()), list(map(abs, [-1])), bz2.decompress(bz2.compress(b'x')), struct.pack('>H', 1))",
      "print(time.monotonic() > 0)",
    ];
    if (engine.hasProcesses)
      code.push(
        "from concurrent.futures import ThreadPoolExecutor",
        "from multiprocessing import Pipe, Process",
        "a, b = Pipe()",
        "p = Process(target=b.send, args=(5,))",
        "p.start()",
        "print(a.recv(), list(ThreadPoolExecutor().map(abs, [-2])))",
      );
    const ran = await engine.run({ code: code.join("\n"), fence: "open" });
    const expected = "[0, 2, 4] [1] b'x' b'\\x00\\x01'\nTrue\n";
    expect(ran.stdout.text).toBe(engine.hasProcesses ? `${expected}5 [2]\n` : expected);
  });

  it("help, copyright, credits and license print, and quit ends the program", async () => {
    const code =
      "help(len)\ndef f(a, b=2):\n    '''Adds.'''\nhelp(f)\ncopyright()\nprint(credits, license)\nhelp()\nquit(3)";
    const ran = await engine.run({ code, fence: "open" });
    expect(ran).toMatchObject({ ending: "error", exitCode: 3 });
    expect(ran.stdout.text).toMatch(/Help on [^]*len\(obj, \/\)[^]*f\(a, b=2\)[^]*Adds\.[^]*Copyright[^]*python\.org/);
    expect(ran.stdout.text).not.toContain("\b");
  });
});
