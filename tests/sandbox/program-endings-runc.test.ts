import { registerEndingTests } from "../support/register-ending-tests.js";

registerEndingTests(["runc"]);
