#!/usr/bin/env node
/** The command: reads the settings, picks the subcommand, and turns a SetupError into a sentence and status 2. */

import { GUEST_DIRECTORY, PACKAGE_ROOT, VERSION } from "./application.js";
import { check, CHECK_USAGE } from "./commands/check.js";
import { doctor, DOCTOR_USAGE } from "./commands/doctor.js";
import { image } from "./commands/image.js";
import { run, RUN_USAGE } from "./commands/run.js";
import { serve } from "./commands/serve.js";
import { flagOf, readConfig, readHostEnvironment, SETTINGS } from "./config.js";
import { SetupError } from "./errors.js";
import { findEngine } from "./sandbox/docker/connection.js";

function usage(): string {
  const settings = SETTINGS.map((setting) => `  ${flagOf(setting)} (${setting.env}, default ${setting.fallback === "" ? "none" : setting.fallback})\n      ${setting.reason}`);
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

async function main(): Promise<number> {
  const { config, rest } = readConfig(process.argv.slice(2));
  const [command = "serve", ...args] = rest;
  switch (command) {
    case "serve":
      if (args.length > 0) throw new SetupError(`Cannot use ${JSON.stringify(args[0])}: serve takes settings only, see rlm-mcp --help`);
      return serve(config);
    case "run":
      return run(config, args);
    case "check":
      return check(config, args);
    case "doctor":
      return doctor(config, args);
    case "image": {
      const connection = await findEngine(readHostEnvironment());
      if (connection === null) throw new SetupError("Cannot make the image: no Docker engine was found; install Docker and start it, or set DOCKER_HOST");
      return image(args, {
        docker: connection.docker,
        write: (line) => void process.stdout.write(`${line}\n`),
        packageRoot: PACKAGE_ROOT,
        guestDir: GUEST_DIRECTORY,
        defaultImage: config.dockerImage,
      });
    }
    case "--version":
    case "-v":
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case "--help":
    case "-h":
    case "help":
      process.stdout.write(usage());
      return 0;
    default:
      throw new SetupError(`Cannot use ${JSON.stringify(command)}: the commands are serve, run, check, doctor and image, see rlm-mcp --help`);
  }
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(2);
}
