/** The functions of the prelude by which a guest drives a program. The prelude documents each of them. */

import type { JSValuePointer } from "quickjs-emscripten-core";
import { type Claim, MAX_CLAIM_SIZE, parseClaim } from "../../guest-verdict.js";
import type { QuickjsInterpreter } from "./quickjs-interpreter.js";

const METHODS = [
  "prepare",
  "addInput",
  "giveStdin",
  "addTextFile",
  "addBinaryFile",
  "addFileNames",
  "parse",
  "finish",
  "follow",
  "endWith",
  "step",
  "report",
  "isOver",
] as const;

/** The name of a function of the driver. */
export type DriverMethod = (typeof METHODS)[number];

/** The driver of one realm. Every call frees its arguments, so that a realm that is kept does not fill up. */
export class QuickjsDriver {
  readonly #interpreter: QuickjsInterpreter;
  readonly #methods: ReadonlyMap<DriverMethod, JSValuePointer>;

  private constructor(interpreter: QuickjsInterpreter, methods: ReadonlyMap<DriverMethod, JSValuePointer>) {
    this.#interpreter = interpreter;
    this.#methods = methods;
  }

  /** Runs the prelude and takes its driver. Part of the boot. */
  static boot(interpreter: QuickjsInterpreter, preludeSource: string): QuickjsDriver {
    const prelude = interpreter.evaluate(preludeSource, "prelude.js");
    const driver = interpreter.call(prelude, interpreter.newCallbackFunctions());
    const methods = new Map(METHODS.map((name) => [name, interpreter.getProperty(driver, name)]));
    return new QuickjsDriver(interpreter, methods);
  }

  /** Calls a function and returns its result, which the caller frees. */
  call(method: DriverMethod, ...args: readonly JSValuePointer[]): JSValuePointer {
    const fn = this.#methods.get(method);
    if (fn === undefined) throw new Error(`The prelude has no driver method ${JSON.stringify(method)}`);
    const result = this.#interpreter.call(fn, args);
    for (const arg of args) this.#interpreter.values.free(arg);
    return result;
  }

  /** Calls a function without a result. */
  tell(method: DriverMethod, ...args: readonly JSValuePointer[]): void {
    this.#interpreter.values.free(this.call(method, ...args));
  }

  /** Calls a function that answers yes or no. */
  ask(method: DriverMethod): boolean {
    const { values } = this.#interpreter;
    const answer = this.call(method);
    const isTrue = values.readNumber(answer) === 1;
    values.free(answer);
    return isTrue;
  }

  /** Returns the program's error and its result, as the prelude reports them; null if it is no report. */
  report(): Claim | null {
    const { values } = this.#interpreter;
    const reported = this.call("report");
    const json = values.readText(reported, MAX_CLAIM_SIZE);
    values.free(reported);
    return json === null ? null : parseClaim(json);
  }
}
