/**
 * Tasks that people give to agents, each written as a model writes it at the first try, and sent in one call by a real
 * client to a server under `workspace`. Those that cannot work are refused once, in words that lead on.
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import {
  CONFIG,
  type EngineName,
  type EngineUnderTest,
  forEachDataScience,
  forEachEngine,
  serverEnvironment,
} from "../support/engines.js";
import { connect, type Connection, type ExecResult } from "../support/mcp-client.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

const ROWS = 20_000;

const PROJECT = {
  "data/sales.csv":
    "id,region,amount\n" +
    Array.from({ length: ROWS }, (_, at) => `${at},${["north", "south", "east"][at % 3]},${at % 100}.5`).join("\n"),
  "data/api.json": '{"stargazers_count": 1}',
  "data/x.csv": "name,age\nAda,36\nGrace,45\n",
  "slug.py": `import re
import unicodedata


def slugify(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
`,
  "test_slug.py": `import unittest

from slug import slugify


class TestSlugify(unittest.TestCase):
    def test_words(self):
        self.assertEqual(slugify("Hello, World!"), "hello-world")

    def test_accents(self):
        self.assertEqual(slugify("Crème Brûlée"), "creme-brulee")

    def test_empty(self):
        self.assertEqual(slugify("  "), "")


if __name__ == "__main__":
    unittest.main()
`,
};

interface Task {
  readonly name: string;
  readonly call: Readonly<Record<string, unknown>>;
  /** The end of what it prints. */
  readonly prints: string | RegExp;
}

const TASKS: readonly Task[] = [
  {
    name: "sums up a CSV of 20 000 rows",
    call: {
      files: ["data/sales.csv"],
      code: `import csv
from collections import defaultdict

totals = defaultdict(float)
count = 0
with open("data/sales.csv", newline="", encoding="utf-8") as f:
    for row in csv.DictReader(f):
        totals[row["region"]] += float(row["amount"])
        count += 1

print(f"{count} rows")
for region, total in sorted(totals.items(), key=lambda item: -item[1]):
    print(f"{region}: {total:.2f}")
`,
    },
    prints: /^20000 rows\n(north|south|east): \d+\.\d\d\n/,
  },
  {
    name: "runs the project's own unittest file with its module",
    call: {
      files: ["slug.py", "test_slug.py"],
      code: `import sys
import unittest

sys.path.insert(0, ".")
suite = unittest.defaultTestLoader.discover(".", pattern="test_*.py")
result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
print("ran", result.testsRun, "ok" if result.wasSuccessful() else "FAILED")
sys.exit(0 if result.wasSuccessful() else 1)
`,
    },
    prints: "ran 3 ok\n",
  },
  {
    name: "tries a regular expression on 50 samples",
    call: {
      code: `import re

EMAIL = re.compile(r"^(?P<user>[\\w.+-]+)@(?P<host>[\\w-]+(?:\\.[\\w-]+)+)$")
good = [f"user{i}.name+tag{i}@mail{i}.example.com" for i in range(25)]
bad = [f"user{i}@" for i in range(10)] + [f"@host{i}.com" for i in range(10)] + ["a b@c.de", "", "a@b", "@", "a@.de"]
wrong = [s for s in good if not EMAIL.match(s)] + [s for s in bad if EMAIL.match(s)]
print(len(good) + len(bad), "samples,", len(wrong), "wrong", wrong)
assert not wrong
`,
    },
    prints: "50 samples, 0 wrong []\n",
  },
  {
    name: "turns a Markdown table into JSON",
    call: {
      code: `import json

table = """
| Name  | Age | City   |
|-------|----:|--------|
| Ada   | 36  | London |
| Grace | 45  | Arlington |
"""
lines = [line.strip().strip("|").split("|") for line in table.strip().splitlines()]
header, rows = [h.strip() for h in lines[0]], lines[2:]
print(json.dumps([dict(zip(header, (c.strip() for c in row))) for row in rows], indent=2))
`,
    },
    prints: '"City": "Arlington"\n  }\n]\n',
  },
  {
    name: "runs a TypeScript snippet",
    call: {
      language: "typescript",
      code: `interface User { name: string; age?: number }
type Role = "admin" | "guest";
type WithRole<T> = T & { role: Role };

const users: WithRole<User>[] = [
  { name: "Ada", age: 36, role: "admin" },
  { name: "Bob", role: "guest" },
];
const adults = users.filter((u): u is Required<WithRole<User>> => (u.age ?? 0) >= 18);
console.log(adults.map(u => \`\${u.name} (\${u.role})\`).join(", "));
`,
    },
    prints: "Ada (admin)\n",
  },
  {
    name: "opens a file of the project by its relative path",
    call: {
      files: ["data/x.csv"],
      code: `with open("data/x.csv") as f:
    header, *rows = [line.rstrip("\\n").split(",") for line in f]
print(header, max(rows, key=lambda r: int(r[1])))
`,
    },
    prints: "['name', 'age'] ['Grace', '45']\n",
  },
  {
    name: "makes a zip and reads it again",
    call: {
      code: `import os
import tempfile
import zipfile
from pathlib import Path

with tempfile.TemporaryDirectory() as tmp:
    src = Path(tmp) / "src"
    src.mkdir()
    (src / "a.txt").write_text("alpha")
    (src / "b.txt").write_text("beta" * 1000)
    archive = os.path.join(tmp, "out.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for file in sorted(src.iterdir()):
            z.write(file, arcname=file.name)
    with zipfile.ZipFile(archive) as z:
        assert z.testzip() is None
        for info in z.infolist():
            print(info.filename, info.file_size, z.read(info)[:5])
`,
    },
    prints: "a.txt 5 b'alpha'\nb.txt 4000 b'betab'\n",
  },
  {
    name: "reads input()",
    call: {
      stdin: "3\n1 2 3\n",
      code: `n = int(input())
numbers = list(map(int, input().split()))
print(sum(numbers[:n]))
`,
    },
    prints: "6\n",
  },
];

const WITH_PACKAGES: readonly Task[] = [
  {
    name: "draws a bar chart and saves it to a file",
    call: {
      code: `import os
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

labels, values = ["Q1", "Q2", "Q3", "Q4"], [12, 19, 7, 23]
fig, ax = plt.subplots(figsize=(8, 4))
bars = ax.bar(labels, values, color="steelblue")
ax.bar_label(bars)
ax.set_title("Revenue by quarter")
plt.tight_layout()
plt.savefig("revenue.png", dpi=150)
print("saved", os.path.getsize("revenue.png") > 5000, open("revenue.png", "rb").read(4))
`,
    },
    prints: "saved True b'\\x89PNG'\n",
  },
  {
    name: "computes statistics with NumPy",
    call: {
      code: `import numpy as np

rng = np.random.default_rng(42)
data = rng.normal(loc=10, scale=2, size=10_000)
print(f"mean={data.mean():.1f} std={data.std(ddof=1):.1f} p95={np.percentile(data, 95):.0f}")
print(np.corrcoef(data, data * 2 + 1).round(3).tolist())
`,
    },
    prints: "mean=10.0 std=2.0 p95=13\n[[1.0, 1.0], [1.0, 1.0]]\n",
  },
];

function useServer(
  engine: EngineUnderTest,
  more: Readonly<Record<string, string>> = {},
): (call: object) => Promise<ExecResult> {
  let project: TempDir;
  let server: Connection;
  beforeAll(async () => {
    project = await tempDir(PROJECT);
    const env = { ...serverEnvironment(engine.name), RLM_POLICY: "workspace", ...more };
    server = await connect({ env, args: ["--allow-root", project.path] });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });
  return (call) => server.exec({ ...call });
}

function registerTasks(tasks: readonly Task[], exec: (call: object) => Promise<ExecResult>): void {
  it.each(tasks)("$name", async ({ call, prints }) => {
    const ran = await exec(call);
    expect(ran, JSON.stringify(ran).slice(0, 2_000)).toMatchObject({ status: "ok", error: null, stderr: "" });
    if (typeof prints === "string") expect(ran.stdout.endsWith(prints), ran.stdout).toBe(true);
    else expect(ran.stdout).toMatch(prints);
  });
}

const URL = "https://api.github.com/repos/python/cpython";

interface DeadEnd {
  readonly name: string;
  readonly call: Readonly<Record<string, unknown>>;
  /** What the one answer says. */
  readonly says: readonly string[];
  /** What it leads on to, which works. */
  readonly instead: Readonly<Record<string, unknown>>;
  /** Without it, on every engine. */
  readonly on?: EngineName;
}

const DEAD_ENDS: readonly DeadEnd[] = [
  {
    name: "to fetch a JSON API with urllib",
    call: {
      code: `import json
import urllib.request

with urllib.request.urlopen("${URL}") as response:
    data = json.load(response)
print(data["stargazers_count"])
`,
    },
    says: ["urllib.request", "no network", "`inputs` or `files`"],
    instead: { code: 'print(data["stargazers_count"])', inputs: { data: { stargazers_count: 1 } } },
  },
  {
    name: "to fetch a JSON API with requests",
    call: {
      code: `import requests

response = requests.get("${URL}", timeout=10)
response.raise_for_status()
print(response.json()["stargazers_count"])
`,
    },
    says: ["requests", "no network", "`inputs` or `files`"],
    instead: {
      code: "import json\nprint(json.load(open('data/api.json'))['stargazers_count'])",
      files: ["data/api.json"],
    },
  },
  {
    name: "to fetch a JSON API in JavaScript",
    call: {
      language: "javascript",
      code: `const res = await fetch("${URL}");
const data = await res.json();
console.log(data.stargazers_count);
`,
    },
    says: ["fetch", "no network", "`inputs`", "`files`"],
    instead: { language: "javascript", code: "console.log(data.count)", inputs: { data: { count: 1 } } },
  },
  {
    name: "to run a command",
    call: {
      code: `import subprocess

result = subprocess.run(["ls", "-la"], capture_output=True, text=True)
print(result.stdout)
`,
    },
    says: ["subprocess", "no other programs", "in Python", "`inputs`"],
    instead: {
      code: "import os\nfor entry in os.scandir('.'):\n    print(entry.name, entry.stat().st_size)\nprint(1)",
    },
  },
  {
    name: "to use NumPy on the embedded engine",
    call: { code: "import numpy as np\n\ndata = np.array([1, 2, 3, 4])\nprint(data.mean(), data.std())\n" },
    says: ["numpy", "data-science image of the Docker engine", "image build", "standard library"],
    instead: { code: "import statistics\nprint(statistics.fmean([1, 2, 3]), statistics.pstdev([1, 1]), 1)" },
    on: "wasm",
  },
  {
    name: "to use a package that no image has",
    call: { code: 'import polars as pl\n\ndf = pl.DataFrame({"a": [1, 2, 3]})\nprint(df)\n' },
    says: ["polars", "nothing can be installed", "standard library", "`files`"],
    instead: { code: "import csv, io\nprint(len(list(csv.DictReader(io.StringIO('a\\n1\\n')))))" },
  },
];

forEachEngine("A task of an agent, under workspace,", (engine) => {
  const exec = useServer(engine);
  registerTasks(TASKS, exec);

  const deadEnds = DEAD_ENDS.filter(({ on }) => on === undefined || on === engine.name);
  it.each(deadEnds)("that cannot work ($name) ends with one answer, and what it names instead works", async (task) => {
    const { status, stdout, refusal, error } = await exec(task.call);
    const answer = refusal?.message ?? error?.message ?? "";
    // Nothing runs, except in a Python or an image of the operator's own: the server does not know its modules.
    const isKnown = engine.name === "wasm" || (engine.isContainer && CONFIG.dockerImage === "rlm-mcp-runner:core");
    if (isKnown) expect(status, answer).toBe("refused");
    for (const words of task.says) expect(answer).toContain(words);
    // In a sandbox no policy makes it work, so none is named.
    if (engine.name !== "local") expect(refusal?.passes_under ?? []).toEqual([]);
    expect(stdout).toBe("");
    const instead = await exec(task.instead);
    expect(instead, JSON.stringify(instead).slice(0, 2_000)).toMatchObject({ status: "ok", error: null });
    expect(instead.stdout).toMatch(/1\n$/);
  });
});

await forEachDataScience("A task of an agent that needs packages, under workspace,", (engine) => {
  registerTasks(WITH_PACKAGES, useServer(engine, { RLM_DOCKER_IMAGE: "rlm-mcp-runner:data-science" }));
});
