// A registry on loopback, over the folder, and on the port, that the command line names; sends its URL, and its peak memory when asked.
import { argv, pid } from "node:process";
import { serveRegistry } from "@bento/registry-server";

const quiet = () => {};
const logger = { info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) };
const registry = await serveRegistry({ data: argv[2], port: Number(argv[3] ?? 0), insecure: true, logger });
process.send?.(registry.url);
process.on("message", () => process.send?.({ pid, peakMiB: process.resourceUsage().maxRSS / 1024 }));
process.on("SIGTERM", () => void registry.close(0).then(() => process.exit(0)));
