/**
 * The QuickJS binary as guests run it.
 *
 * A restore writes the memory of a guest and resets its stack pointer. That is complete for one build of QuickJS only.
 * The names and offsets in the files beside this one are right for that build only. Any other build is refused.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import { assertRestorable, inspect } from "../wasm-binary.js";
import {
  encodeSection,
  encodeUnsigned,
  exportEntry,
  HEADER_SIZE,
  KIND,
  Reader,
  SECTION,
  sections,
  withEntries,
} from "../wasm-format.js";

/** Digest of the QuickJS-ng in `@jitl/quickjs-ng-wasmfile-release-sync` 0.32.0. */
export const QUICKJS_WASM_SHA256 = "b56fe5094b8751c47b8c32fb5ed4d75afe2dbb43412d3d983ac5d1156af456da";

/** Memory of a new guest, in pages: room for the data, the 5 MiB stack and the booted realm (5.9 MB together). */
export const INITIAL_PAGES = 96;

/**
 * Finds out which flag of a regular expression a letter from `s` on is. Its eight targets are those of s, t, u, v, w,
 * x, y and of all others.
 */
const FLAGS = Buffer.from([0x41, 0xf3, 0x00, 0x6b, 0x0e, 7, 3, 8, 4, 5, 8, 8, 6, 8]);

/** The place of the target of `v` there. */
const FLAG_V = 9;

/** Returns the digest of the parts of a JavaScript guest: the binary and the prelude. */
export function quickjsDigest(preludeSource: string): string {
  return sha256(`${QUICKJS_WASM_SHA256}\n${preludeSource}`);
}

/**
 * Returns the binary of the package, prepared and compiled.
 *
 * @throws {SetupError} If it is not the expected build.
 */
export function compileQuickjs(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve("@jitl/quickjs-ng-wasmfile-release-sync/wasm");
  return new WebAssembly.Module(prepareQuickjs(readFileSync(path)));
}

/**
 * Returns the binary with a smaller initial memory, with its function table exported as `table`, and without its custom
 * sections, such as debug names. It refuses regular expressions with the flag `v`: it takes them and finds other texts
 * than it should.
 *
 * @throws {SetupError} If it is not the expected build, or its instances cannot be restored.
 */
export function prepareQuickjs(binary: Uint8Array): Uint8Array {
  if (sha256(binary) !== QUICKJS_WASM_SHA256)
    throw new SetupError(
      "Cannot use the embedded JavaScript: its binary must be the one of version 0.32.0 of its package",
    );
  assertRestorable(inspect(binary));
  const out: Uint8Array[] = [binary.subarray(0, HEADER_SIZE)];
  for (const { id, whole, body } of sections(binary)) {
    if (id === SECTION.custom) continue;
    if (id === SECTION.import) out.push(encodeSection(id, withInitialPages(body)));
    else if (id === SECTION.export) out.push(encodeSection(id, withEntries(body, exportEntry("table", KIND.table))));
    else out.push(id === SECTION.code ? withoutFlagV(whole) : whole);
  }
  return Buffer.concat(out);
}

/** Makes the flag `v` one of those that do not exist. */
function withoutFlagV(code: Uint8Array): Uint8Array {
  const changed = Buffer.from(code);
  const at = changed.indexOf(FLAGS);
  if (at < 0 || changed.includes(FLAGS, at + 1))
    throw new SetupError("Cannot use the embedded JavaScript: its binary must read flags of patterns in one place");
  changed[at + FLAG_V] = FLAGS[FLAGS.length - 1] ?? 0;
  return changed;
}

/** Sets the smallest size of the imported memory to `INITIAL_PAGES`. It is 16 MiB in the package. */
function withInitialPages(body: Uint8Array): Uint8Array {
  const reader = new Reader(body);
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === KIND.function) {
      reader.unsigned();
      continue;
    }
    // This byte tells whether a largest size follows the smallest one.
    if (kind !== KIND.memory || reader.byte() > 1) break;
    const start = reader.at;
    reader.unsigned();
    return Buffer.concat([body.subarray(0, start), encodeUnsigned(INITIAL_PAGES), body.subarray(reader.at)]);
  }
  throw new SetupError(
    "Cannot use the embedded JavaScript: its binary must import functions and one memory, and nothing else",
  );
}
