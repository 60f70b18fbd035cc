/** The errors of Node for an argument of another type. */

const MAX_LENGTH = 28;
const SHOWN_LENGTH = 25;

export function newTypeError(name, required, value) {
  const message = `The "${name}" argument must be ${required}. Received ${received(value)}`;
  return realm.newCodeError("TypeError", "ERR_INVALID_ARG_TYPE", message);
}

export function assertFunction(value, name) {
  if (typeof value !== "function") throw newTypeError(name, "of type function", value);
}

function received(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === "function") return `function ${value.name}`;
  const owner = typeof value === "object" ? value.constructor?.name : undefined;
  if (owner) return `an instance of ${owner}`;
  if (typeof value === "object") return realm.inspect(value);
  const isLong = typeof value === "string" && value.length > MAX_LENGTH;
  return `type ${typeof value} (${realm.inspect(isLong ? `${value.slice(0, SHOWN_LENGTH)}...` : value)})`;
}
