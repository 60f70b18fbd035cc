/** The resources `rlm://policies` and `rlm://policies/{name}`: the policies of this server. */

import { RULE_IDS, RULES } from "../analysis/rule-catalogue.js";
import { type Severity, severityName } from "../analysis/severity.js";
import type { Resource } from "../mcp/resource.js";
import { importableModules, type Policy } from "../policy/policy.js";
import type { PolicyEntry, PolicySet } from "../policy/policy-set.js";

const LIST_URI = "rlm://policies";
const MIME_TYPE = "application/json";

/** Makes the list of policies, one resource for each policy, and the template of their URIs. */
export function policyResources(policies: PolicySet): Resource[] {
  const texts = new Map(policies.entries.map((entry) => [uriOf(entry.policy), JSON.stringify(describePolicy(entry))]));
  const read = (uri: string): string | null => texts.get(uri) ?? null;
  const list = JSON.stringify({ policies: policies.entries.map(summarizePolicy) });
  return [
    {
      location: { uri: LIST_URI },
      name: "policies",
      title: "Policies",
      description: "The policies of this server: the default, those that a call may choose, and the URI of each",
      mimeType: MIME_TYPE,
      read: () => list,
    },
    ...policies.entries.map(({ policy }) => ({
      location: { uri: uriOf(policy) },
      name: `policy-${policy.name}`,
      title: `Policy ${policy.name}`,
      description: policy.description,
      mimeType: MIME_TYPE,
      read,
    })),
    {
      location: { template: `${LIST_URI}/{name}` },
      name: "policy",
      title: "One policy",
      description: "One policy: its rules, modules, patterns and builtins, and which of them it denies",
      mimeType: MIME_TYPE,
      read,
    },
  ];
}

function uriOf({ name }: Policy): string {
  return `${LIST_URI}/${encodeURIComponent(name)}`;
}

function summarizePolicy({ policy, isDefault, isAllowed, isAskable }: PolicyEntry) {
  return {
    name: policy.name,
    description: policy.description,
    // Violations at or above it deny.
    severity_threshold: severityName(policy.threshold),
    default: isDefault,
    // A call may choose it for a run.
    allowed: isAllowed,
    // The person may be asked to allow it for a session.
    askable: isAskable,
    hash: policy.hash,
    uri: uriOf(policy),
  };
}

function describePolicy(entry: PolicyEntry) {
  const { policy } = entry;
  const judge = (severity: Severity) => ({ severity: severityName(severity), denies: severity >= policy.threshold });
  return {
    ...summarizePolicy(entry),
    rules: RULE_IDS.map((id) => ({ id, category: RULES[id].category, ...judge(policy.severities[id]) })),
    // "all" means every module except the restricted ones that deny.
    modules: importableModules(policy),
    restricted_modules: Object.entries(policy.restrictedModules).map(([name, severity]) => ({
      name,
      ...judge(severity),
    })),
    patterns: policy.patterns.map(({ id, pattern, in: scope, description, severity, suggestion }) => ({
      id,
      pattern,
      in: scope,
      description,
      ...judge(severity),
      suggestion,
    })),
    builtins: policy.builtins,
    reads: policy.reads,
  };
}
