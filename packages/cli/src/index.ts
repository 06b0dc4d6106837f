/**
 * The `bento` command, for programs that run it in their own process.
 * @module
 */
export { main } from "./main.js";
export type { InterruptSignal, Terminal } from "./terminal/terminal.js";
