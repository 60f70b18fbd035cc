/** The policies of a server as resources: what there is to choose from, and what each one allows. */

import type { Resource } from "../mcp/resource.js";
import { importableModules, type Policy } from "../policy/policy.js";
import type { PolicyEntry, PolicySet } from "../policy/policy-set.js";
import { RULE_IDS, RULES } from "../analysis/rule-catalogue.js";
import { type Severity, type SeverityName, severityName } from "../analysis/severity.js";

const LIST_URI = "rlm://policies";
const MIME_TYPE = "application/json";

export interface PolicySummary {
  readonly name: string;
  readonly description: string;
  /** Findings at or above it deny. */
  readonly severity_threshold: SeverityName;
  /** It is the one for callers that name none. */
  readonly default: boolean;
  /** A caller may run programs under it. */
  readonly allowed: boolean;
  readonly hash: string;
  readonly uri: string;
}

export interface PolicyView extends PolicySummary {
  readonly rules: readonly {
    readonly id: string;
    readonly category: string;
    readonly severity: SeverityName;
    readonly denies: boolean;
  }[];
  /** What can be imported, or that all but the restricted can be. */
  readonly modules: readonly string[] | "all";
  readonly restricted_modules: readonly {
    readonly name: string;
    readonly severity: SeverityName;
    readonly denies: boolean;
  }[];
  readonly patterns: readonly {
    readonly id: string;
    readonly pattern: string;
    readonly in: string;
    readonly description: string;
    readonly severity: SeverityName;
    readonly denies: boolean;
    readonly suggestion: string;
  }[];
  readonly builtins: string;
  readonly reads: boolean;
}

export function policyResources(policies: PolicySet): Resource[] {
  const texts = new Map(policies.entries.map((entry) => [uriOf(entry.policy), JSON.stringify(view(entry))]));
  const read = (uri: string): string | null => texts.get(uri) ?? null;
  const list = JSON.stringify({ policies: policies.entries.map(summary) });
  return [
    {
      location: { uri: LIST_URI },
      name: "policies",
      title: "Policies",
      description:
        "The policies that code is checked against: which is the default, which may be chosen, and where each can be read",
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
      description: "What a policy allows and what it denies: rules, modules, patterns, builtins",
      mimeType: MIME_TYPE,
      read,
    },
  ];
}

function uriOf({ name }: Policy): string {
  return `${LIST_URI}/${encodeURIComponent(name)}`;
}

function summary({ policy, isDefault, isAllowed }: PolicyEntry): PolicySummary {
  return {
    name: policy.name,
    description: policy.description,
    severity_threshold: severityName(policy.threshold),
    default: isDefault,
    allowed: isAllowed,
    hash: policy.hash,
    uri: uriOf(policy),
  };
}

function view(entry: PolicyEntry): PolicyView {
  const { policy } = entry;
  const judged = (severity: Severity): { readonly severity: SeverityName; readonly denies: boolean } => ({
    severity: severityName(severity),
    denies: severity >= policy.threshold,
  });
  return {
    ...summary(entry),
    rules: RULE_IDS.map((id) => ({ id, category: RULES[id].category, ...judged(policy.severities[id]) })),
    modules: importableModules(policy),
    restricted_modules: Object.entries(policy.restrictedModules).map(([name, severity]) => ({
      name,
      ...judged(severity),
    })),
    patterns: policy.patterns.map(({ id, pattern, in: scope, description, severity, suggestion }) => ({
      id,
      pattern,
      in: scope,
      description,
      ...judged(severity),
      suggestion,
    })),
    builtins: policy.builtins,
    reads: policy.reads,
  };
}
