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
    resource: z.string().nullable(),
    alternatives: z.array(z.string()),
    retryable: z.boolean(),
  })
  .nullable();

export const FAULT: z.ZodType<FaultView | null> = z.strictObject({ id: z.string(), message: z.string() }).nullable();
