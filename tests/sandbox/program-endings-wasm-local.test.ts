import { registerEndingTests } from "../support/register-ending-tests.js";

registerEndingTests(["wasm", "local"]);
