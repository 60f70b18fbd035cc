#!/usr/bin/env node
/**
 * The command `rlm-mcp`: reads the settings, runs a subcommand, and turns a SetupError into a sentence and status 2.
 * Each subcommand is loaded when it is used, because a client waits for the server's first answer.
 */

import { GUEST_DIRECTORY, PACKAGE_ROOT, VERSION } from "./application.js";
import { flagOf, readConfig, readHostEnvironment } from "./config.js";
import { SetupError } from "./errors.js";
import { type Config, SETTINGS } from "./settings.js";

async function usage(): Promise<string> {
  const [{ RUN_USAGE }, { CHECK_USAGE }, { DOCTOR_USAGE }] = await Promise.all([
    import("./commands/run.js"),
    import("./commands/check.js"),
    import("./commands/doctor.js"),
  ]);
  const settings = SETTINGS.map((setting) => {
    const fallback = setting.fallback === "" ? "none" : setting.fallback;
    return `  ${flagOf(setting)} (${setting.env}, default ${fallback})\n      ${setting.reason}`;
  });
  return `rlm-mcp ${VERSION}

rlm-mcp [serve]
  The MCP server on stdin and stdout
${RUN_USAGE}
${CHECK_USAGE}
${DOCTOR_USAGE}
rlm-mcp image build [--help]
  Makes the image that Docker guests are made of

Settings, on the command line or in the environment:
${settings.join("\n")}
`;
}

/** Returns the exit status. */
async function main(): Promise<number> {
  const { config, rest } = readConfig(process.argv.slice(2));
  const [command = "serve", ...args] = rest;
  switch (command) {
    case "serve":
      if (args.length > 0)
        throw new SetupError(`Cannot use ${JSON.stringify(args[0])}: serve takes settings only, see rlm-mcp --help`);
      return (await import("./commands/serve.js")).serve(config);
    case "run":
      return (await import("./commands/run.js")).run(config, args);
    case "check":
      return (await import("./commands/check.js")).check(config, args);
    case "doctor":
      return (await import("./commands/doctor.js")).doctor(config, args);
    case "image":
      return makeImage(config, args);
    case "--version":
    case "-v":
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case "--help":
    case "-h":
    case "help":
      process.stdout.write(await usage());
      return 0;
    default:
      throw new SetupError(
        `Cannot use ${JSON.stringify(command)}: the commands are serve, run, check, doctor and image, ` +
          "see rlm-mcp --help",
      );
  }
}

async function makeImage(config: Config, args: readonly string[]): Promise<number> {
  const [{ findEngine }, { image }] = await Promise.all([
    import("./sandbox/docker/connection.js"),
    import("./commands/image.js"),
  ]);
  const connection = await findEngine(readHostEnvironment());
  if (connection === null)
    throw new SetupError(
      "Cannot make the image: no Docker engine was found; install Docker and start it, or set DOCKER_HOST",
    );
  return image(args, {
    docker: connection.docker,
    write: (line) => void process.stdout.write(`${line}\n`),
    packageRoot: PACKAGE_ROOT,
    guestDir: GUEST_DIRECTORY,
    defaultImage: config.dockerImage,
  });
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(2);
}
