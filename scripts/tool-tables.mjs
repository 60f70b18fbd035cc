/** The tables of docs/tools.md, made from the schemas of the tools. */
import { z } from "zod";
import { loadPolicies } from "../dist/application.js";
import { readConfig } from "../dist/config.js";
import { EXEC_LIMITS } from "../dist/limits.js";
import { ruleOf } from "../dist/tools/arguments.js";
import { FAULT, REFUSAL } from "../dist/tools/endings.js";
import { execRun } from "../dist/tools/exec-run.js";
import { policyCheck } from "../dist/tools/policy-check.js";
import { MEANINGS } from "../dist/tools/result.js";
import { rootsSet } from "../dist/tools/roots-set.js";
import { VIOLATION } from "../dist/tools/violation.js";
import { cell, code, table } from "./markdown.mjs";

/** Fields with a table of their own. */
const APART = ["refusal", "fault", "violations"];

/**
 * Returns the sections of docs/tools.md: the description, the arguments and the result of each tool, and the fields
 * that several results share.
 *
 * @returns {Promise<Record<string, () => string>>}
 */
export async function toolSections() {
  // The tools are described as a server with the default settings lists them. No part of it runs.
  const policies = await loadPolicies(readConfig([], {}).config);
  const parts = { runner: { policies, limits: EXEC_LIMITS } };
  const tools = [execRun(parts), policyCheck(parts), rootsSet(parts)];
  return Object.fromEntries([
    ...tools.map((tool) => [tool.name, () => describeTool(tool)]),
    ["refusal", () => resultTable(REFUSAL)],
    ["fault", () => resultTable(FAULT)],
    ["violation", () => resultTable(VIOLATION)],
  ]);
}

function describeTool({ title, description, inputSchema, outputSchema }) {
  return [
    `**${title}.** ${description}`,
    "Arguments:",
    argumentTable(inputSchema),
    "Result:",
    resultTable(outputSchema),
  ].join("\n\n");
}

function argumentTable(input) {
  const { properties, required } = z.toJSONSchema(input, { target: "draft-7", io: "input" });
  const rows = Object.entries(properties).flatMap(([name, schema]) => [
    argumentRow(name, schema, required.includes(name), ruleOf(input, name).must),
    ...fieldsOf(schema, `${name}.`).map((field) => argumentRow(field.name, field.schema, field.isRequired)),
  ]);
  return table(["argument", "type", "default", "must be", "meaning"], rows);
}

function argumentRow(name, schema, isRequired, must = "") {
  const fallback = schema.default === undefined ? "" : code(JSON.stringify(schema.default));
  const limits = cell(must || describeLimits(schema));
  return [code(name), typeOf(schema), isRequired ? "required" : fallback, limits, cell(schema.description ?? "")];
}

/** Describes the bounds in a schema of a field that has no rule in words. */
function describeLimits({ minLength, maxLength, maxItems, pattern }) {
  return [
    ...(pattern === undefined ? [] : [`a text like ${code(pattern)}`]),
    ...(maxLength === undefined ? [] : [`${minLength ?? 0} to ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems} entries`]),
  ].join(", ");
}

function resultTable(output) {
  const schema = z.toJSONSchema(output, { target: "draft-7", io: "output", metadata: MEANINGS });
  const rows = fieldsOf(schema).map((field) => [code(field.name), typeOf(field.schema), cell(meaningOf(field))]);
  return table(["field", "type", "meaning"], rows);
}

/** @throws {Error} If a field of a result has no meaning: it was made without `resultField`. */
function meaningOf({ name, schema }) {
  if (schema.description === undefined) throw new Error(`The result field ${name} has no meaning`);
  return schema.description;
}

/** Returns the fields of an object, of a list's objects, and of the objects in them, depth first. */
function fieldsOf(schema, prefix = "") {
  const { properties, required = [], items } = withoutNull(schema);
  if (items !== undefined) return fieldsOf(items, prefix.replace(/\.$/, "[]."));
  return Object.entries(properties ?? {}).flatMap(([key, field]) => [
    { name: `${prefix}${key}`, schema: field, isRequired: required.includes(key) },
    ...(APART.includes(key) ? [] : fieldsOf(field, `${prefix}${key}.`)),
  ]);
}

function typeOf(schema) {
  const { type, enum: names, items } = withoutNull(schema);
  const name =
    names !== undefined ? names.map(code).join(", ") : items !== undefined ? `list of ${typeOf(items)}` : type;
  return isNullable(schema) ? `${name} or null` : name;
}

function isNullable({ anyOf, type }) {
  return anyOf !== undefined || Array.isArray(type);
}

/** Returns a schema without the null that it may also allow. */
function withoutNull(schema) {
  const { anyOf, type } = schema;
  if (anyOf !== undefined) return anyOf.find((one) => one.type !== "null");
  return Array.isArray(type) ? { ...schema, type: type.find((one) => one !== "null") } : schema;
}
