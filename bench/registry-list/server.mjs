// A registry on loopback over the folder that the command line names, and over the database beside it if it names one too; sends its URL.
import { argv } from "node:process";
import { serveRegistry } from "@bento/registry-server";

const quiet = () => {};
const logger = { info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) };
const registry = await serveRegistry({ data: argv[2], database: argv[3], port: 0, logger });
process.send?.(registry.url);
process.on("SIGTERM", () => void registry.close(0).then(() => process.exit(0)));
