/**
 * Times the import of packages and modules, each in a fresh call through a real MCP client, and prints a table. No
 * program shall wait for more than 1.5 s.
 *
 *   node scripts/import-times.mjs [--engine runc] [--image rlm-mcp-runner:data-science] [--times 5] [--pause MS]
 *
 * The times are those of the import statement alone, in milliseconds, as the program measures: by the clock, and of
 * the processor, which is what the clock would tell if nothing else ran.
 */
import { parseArgs } from "node:util";
import { table } from "./markdown.mjs";
import { connectServer, quantile, sleep } from "./measuring.mjs";

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

const { client, exec } = await connectServer("import-times", values.engine, {
  RLM_POLICY: "workspace",
  RLM_DOCKER_IMAGE: values.image,
  // Whatever else runs on this machine, the import ends.
  RLM_MAX_EXEC_TIMEOUT_MS: "60000",
});

const BEGIN = "import time\nbegun = time.perf_counter(), time.process_time()";
const END = "print((time.perf_counter() - begun[0]) * 1000, (time.process_time() - begun[1]) * 1000)";

/** Returns the time by the clock and that of the processor. */
async function timesOf(modules) {
  const code = `${BEGIN}\nimport ${modules}\n${END}`;
  const { status, stdout, error, refusal } = await exec({ code, timeout_ms: 60_000 });
  if (status !== "ok") throw new Error(`import ${modules}: ${status} ${error?.message ?? refusal?.reason ?? ""}`);
  await sleep(Number(values.pause));
  return stdout.trim().split(" ").map(Number);
}

const rows = [];
for (const modules of IMPORTS) {
  const times = [];
  for (let count = 0; count < TIMES; count++) times.push(await timesOf(modules));
  const [clock, processor] = [0, 1].map((place) => times.map((pair) => pair[place]));
  const cells = [quantile(clock, 0.5), Math.max(...clock), quantile(processor, 0.5)].map((time) =>
    String(Math.round(time)),
  );
  rows.push([`\`import ${modules}\``, ...cells]);
}
await client.close();
console.log(table(["", "median", "slowest", "processor"], rows));
