/** The output shape of the two endings that every tool can have. */

import { z } from "zod";
import type { FaultView, RefusalView } from "../mcp/render.js";

export const REFUSAL: z.ZodType<RefusalView | null> = z
  .strictObject({
    reason: z.string(),
    stage: z.string(),
    message: z.string(),
    rule: z.string().nullable(),
    line: z.number().nullable(),
    column: z.number().nullable(),
    snippet: z.string().nullable(),
    suggestion: z.string().nullable(),
    resource: z.string().nullable(),
    alternatives: z.array(z.string()),
    passes_under: z.array(z.strictObject({ policy: z.string(), allowed: z.boolean() })),
    retryable: z.boolean(),
  })
  .nullable();

export const FAULT: z.ZodType<FaultView | null> = z.strictObject({ id: z.string(), message: z.string() }).nullable();
