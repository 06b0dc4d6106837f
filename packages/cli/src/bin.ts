#!/usr/bin/env node
import { main } from "./main.js";
import { processTerminal } from "./terminal/process-terminal.js";

using terminal = processTerminal();
const code = await main(process.argv.slice(2), terminal);
// What a server says of its end stands, where the command itself has nothing to say.
if (code !== 0 || process.exitCode === undefined) process.exitCode = code;
