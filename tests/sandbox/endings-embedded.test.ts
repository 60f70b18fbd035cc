import { testEndings } from "../support/test-endings.js";

testEndings(["wasm", "local"]);
