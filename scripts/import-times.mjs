/**
 * Times the import of packages and modules, each in a fresh call through a real MCP client, and prints a table. No
 * program shall wait for more than 1.5 s.
 *
 *   node scripts/import-times.mjs [--engine runc] [--image rlm-mcp-runner:data-science] [--times 5] [--pause MS]
 *
 * The times are those of the import statement alone, in milliseconds, as the program measures: by the clock, and of
 * the processor, which is what the clock would tell if nothing else ran.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import path from "node:path";
import { parseArgs } from "node:util";
import { table } from "./markdown.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "runc" },
    image: { type: "string", default: "rlm-mcp-runner:data-science" },
    times: { type: "string", default: "5" },
    // The pool starts a guest in the place of the used one. It is not to run at the same time.
    pause: { type: "string", default: "1500" },
  },
});
const TIMES = Number(values.times);

const IMPORTS = [
  "numpy",
  "pandas",
  "matplotlib.pyplot",
  "scipy.stats",
  "scipy.optimize",
  "sklearn.linear_model",
  "sklearn.ensemble",
  "sklearn.cluster",
  "sklearn.model_selection",
  "sklearn.preprocessing",
  "sklearn.decomposition",
  "sklearn.feature_extraction.text",
  "sklearn.datasets",
  "seaborn",
  "statsmodels.api",
  "sympy",
  "networkx",
  "openpyxl",
  "PIL.Image",
  "bs4",
  "lxml.etree",
  "yaml",
  "dateutil.parser",
  "pytz",
  "faker",
  "pytest",
  "unittest",
  "unittest.mock",
  "asyncio",
  "sqlite3",
  "numpy, pandas",
  "numpy, pandas, matplotlib.pyplot",
  "numpy, pandas, matplotlib.pyplot, seaborn",
  "pandas, sklearn.linear_model, sklearn.model_selection",
  "numpy, pandas, matplotlib.pyplot, sklearn.cluster, sklearn.preprocessing",
  "numpy, pandas, matplotlib.pyplot, seaborn, scipy.stats, sklearn.linear_model, sklearn.model_selection",
  "unittest, unittest.mock, numpy, pandas, matplotlib.pyplot",
];

const given = ["PATH", "HOME", "DOCKER_HOST"].filter((name) => process.env[name] !== undefined);
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [path.resolve(import.meta.dirname, "..", "dist", "cli.js")],
  env: {
    ...Object.fromEntries(given.map((name) => [name, process.env[name]])),
    RLM_LOG_LEVEL: "error",
    RLM_POLICY: "workspace",
    RLM_EXECUTION_MODE: "docker",
    RLM_DOCKER_RUNTIME: values.engine,
    RLM_DOCKER_IMAGE: values.image,
    RLM_SESSION_MAX_CALLS: "0",
    RLM_SESSION_MAX_RUN_SECONDS: "0",
    RLM_RATE_LIMIT_PER_MINUTE: "0",
    // Whatever else runs on this machine, the import ends.
    RLM_MAX_EXEC_TIMEOUT_MS: "60000",
  },
  stderr: "inherit",
});
const client = new Client({ name: "import-times", version: "1" });
await client.connect(transport);

const BEGIN = "import time\nbegun = time.perf_counter(), time.process_time()";
const END = "print((time.perf_counter() - begun[0]) * 1000, (time.process_time() - begun[1]) * 1000)";

/** Returns the time by the clock and that of the processor. */
async function timesOf(modules) {
  const code = `${BEGIN}\nimport ${modules}\n${END}`;
  const answer = await client.callTool({ name: "rlm_exec_run", arguments: { code, timeout_ms: 60_000 } });
  const { status, stdout, error, refusal } = answer.structuredContent;
  if (status !== "ok") throw new Error(`import ${modules}: ${status} ${error?.message ?? refusal?.reason ?? ""}`);
  await new Promise((resolve) => setTimeout(resolve, Number(values.pause)));
  return stdout.trim().split(" ").map(Number);
}

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rows = [];
for (const modules of IMPORTS) {
  const times = [];
  for (let count = 0; count < TIMES; count++) times.push(await timesOf(modules));
  const [clock, processor] = [0, 1].map((place) => times.map((pair) => pair[place]));
  const cells = [middle(clock), Math.max(...clock), middle(processor)].map((time) => String(Math.round(time)));
  rows.push([`\`import ${modules}\``, ...cells]);
}
await client.close();
console.log(table(["", "median", "slowest", "processor"], rows));
