#!/usr/bin/env node
import { hideSecrets } from "./terminal/hidden-secrets.js";

const words = process.argv.slice(2);
hideSecrets(words);
// What AWS's library will want of Node one day is nothing to whoever runs a command.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const [{ main }, { processTerminal }] = await Promise.all([import("./main.js"), import("./terminal/process-terminal.js")]);
using terminal = processTerminal();
const code = await main(words, terminal);
// What the module of a service goes on with when its start was interrupted is not waited for.
if (terminal.interruptedBy() !== undefined && code !== 0) process.exit(code);
// What another process says of its end stands, where the command itself has nothing to say.
if (code !== 0 || process.exitCode === undefined) process.exitCode = code;
