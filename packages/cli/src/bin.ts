#!/usr/bin/env node
import { main } from "./main.js";
import { processTerminal } from "./terminal/process-terminal.js";

using terminal = processTerminal();
process.exitCode = await main(process.argv.slice(2), terminal);
