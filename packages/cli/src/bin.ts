#!/usr/bin/env node
import { main } from "./main.js";
import { processTerminal } from "./terminal.js";

// A reader such as `head` that has seen enough is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2), processTerminal());
