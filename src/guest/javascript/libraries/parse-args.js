/** `parseArgs` of `node:util`. */

function refuse(code, message) {
  throw realm.newCodeError("TypeError", code, message);
}

/** The name and the option of `--name`, `--no-name` or `-n`. */
function optionOf(config, given) {
  const { options, strict, allowNegative } = config;
  const isLong = given.startsWith("--");
  let name = given.slice(isLong ? 2 : 1);
  let isNegative = false;
  if (!isLong) name = Object.keys(options).find((one) => options[one].short === name) ?? name;
  else if (allowNegative && !Object.hasOwn(options, name) && name.startsWith("no-")) {
    name = name.slice(3);
    isNegative = true;
  }
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined && strict)
    refuse(
      "ERR_PARSE_ARGS_UNKNOWN_OPTION",
      `Unknown option '${given}'. To specify a positional argument starting with a '-', place it at the end of the ` +
        `command after '--', as in '-- "${given}"`,
    );
  return { name, option, isNegative };
}

/** Says of an option how the program takes it. */
function shownName(name, option) {
  const short = option?.short === undefined ? "" : `-${option.short}, `;
  return `${short}--${name}${option?.type === "string" ? " <value>" : ""}`;
}

/** Splits the arguments into options with their values, positionals and the terminator. */
function* tokensOf(args, config) {
  const rest = args.map((value, index) => ({ value, index }));
  for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
    const { value: arg, index } = one;
    if (arg === "--") {
      yield { kind: "option-terminator", index };
      for (const { value, index: place } of rest) yield { kind: "positional", index: place, value };
      return;
    }
    if (!/^-./s.test(arg)) {
      yield { kind: "positional", index, value: arg };
      continue;
    }
    const isLong = arg.startsWith("--");
    const equals = isLong ? arg.indexOf("=", 3) : -1;
    const rawName = isLong ? arg.slice(0, equals < 0 ? undefined : equals) : arg.slice(0, 2);
    const { name, option, isNegative } = optionOf(config, rawName);
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    let inlineValue = value === undefined ? undefined : true;
    if (!isLong && arg.length > 2) {
      if (option?.type === "string") [value, inlineValue] = [arg.slice(2), true];
      else rest.unshift({ value: `-${arg.slice(2)}`, index });
    }
    if (value === undefined && option?.type === "string" && !isNegative) {
      const next = rest[0]?.value;
      const isValue = next !== undefined && !(config.strict && /^-./s.test(next));
      if (isValue) [value, inlineValue] = [rest.shift().value, false];
      else if (config.strict && next !== undefined)
        refuse(
          "ERR_PARSE_ARGS_INVALID_OPTION_VALUE",
          `Option '${rawName}' argument is ambiguous.\n` +
            `Did you forget to specify the option argument for '${rawName}'?\n` +
            `To specify an option argument starting with a dash use '--${name}=-XYZ'.`,
        );
    }
    yield { kind: "option", name, rawName, index, value, inlineValue, option, isNegative };
  }
}

function checkValue({ name, value, option }) {
  if (option?.type === "string" && value === undefined)
    refuse("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shownName(name, option)}' argument missing`);
  if (option?.type === "boolean" && value !== undefined)
    refuse("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shownName(name, option)}' does not take an argument`);
}

export function parseArgs({
  args = programArguments(),
  options = {},
  strict = true,
  allowPositionals = !strict,
  allowNegative = false,
  tokens: wantsTokens = false,
} = {}) {
  for (const [name, { type }] of Object.entries(options))
    if (type !== "string" && type !== "boolean")
      refuse(
        "ERR_INVALID_ARG_TYPE",
        `The "options.${name}.type" property must be one of: 'string', 'boolean'. Received ${realm.inspect(type)}`,
      );
  const values = { __proto__: null };
  const positionals = [];
  const tokens = [];
  for (const token of tokensOf(args, { options, strict, allowNegative })) {
    const { option, isNegative, ...shown } = token;
    tokens.push(shown);
    if (token.kind === "positional") {
      if (!allowPositionals)
        refuse(
          "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL",
          `Unexpected argument '${token.value}'. This command does not take positional arguments`,
        );
      positionals.push(token.value);
    }
    if (token.kind !== "option") continue;
    if (strict) checkValue(token);
    const value = token.value ?? !isNegative;
    if (option?.multiple) (values[token.name] ??= []).push(value);
    else values[token.name] = value;
  }
  for (const [name, option] of Object.entries(options))
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default;
  return wantsTokens ? { values, positionals, tokens } : { values, positionals };
}

function programArguments() {
  return realm.load("process").argv.slice(2);
}
