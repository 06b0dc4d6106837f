import { fileURLToPath } from "node:url";

import { BentoError } from "@bento/core";
import { pino } from "pino";
import { expect, test } from "vitest";

import { logText } from "./log-text.js";

type Level = "info" | "warn" | "error";

/** What pino writes of it, as text without colours. The time is that of the reader's own clock. */
function textOf(level: Level, fields: object, message: string, hasColor = false): string {
  let lines = "";
  pino({ base: null }, { write: (line) => (lines += line) })[level](fields, message);
  return logText(lines, hasColor).replace(/\d\d:\d\d:\d\d/, "10:00:00");
}

test("a request is one line", () => {
  const fields = { method: "POST", path: "/classify", status: 200, ms: 1.234, requestId: "1", remote: "127.0.0.1", worker: "digits[2]" };
  expect(textOf("info", fields, "request")).toBe("10:00:00 digits[2] POST /classify 200 1.2 ms\n");
  expect(textOf("info", { ...fields, ms: 1234.5 }, "request")).toMatch(/ 1235 ms\n$/);
});

test("what went wrong is told once, with the service's own code and its causes", () => {
  const service = "/srv/service.ts";
  const cause = new RangeError("the weights are wrong");
  cause.stack = `RangeError: the weights are wrong\n    at inner (${service}:5:9)\n    at node:internal/process/task_queues:95:5`;
  const err = new Error("cannot read it", { cause });
  const own = fileURLToPath(new URL("executor/in-process.ts", import.meta.url));
  err.stack = `Error: cannot read it\n    at Trouble.fail (${service}:11:9)\n    at answer (${own}:1:1)`;
  expect(textOf("error", { err, path: "/fail", requestId: "1", code: "BENTO_INTERNAL" }, "cannot read it")).toBe(
    [
      "10:00:00 error: /fail: cannot read it",
      `    at Trouble.fail (${service}:11:9)`,
      "  caused by: RangeError: the weights are wrong",
      `    at inner (${service}:5:9)`,
      "",
    ].join("\n"),
  );
});

test("what the message does not say is added, and the next step", () => {
  const err = new BentoError("BENTO_WORKER_FAILED", "It ended.", { hint: "Look at its log." });
  err.stack = "BentoError: It ended.";
  expect(textOf("warn", { err }, "digits[1] is gone")).toBe(
    "10:00:00 warning: digits[1] is gone\n  BentoError: It ended.\n  hint: Look at its log.\n",
  );
});

test("a source that is shown keeps its lines", () => {
  expect(textOf("error", {}, "a.ts:1:2: Unexpected token\n 1 | a(\n   :  ^")).toBe(
    "10:00:00 error: a.ts:1:2: Unexpected token\n   1 | a(\n     :  ^\n",
  );
});

test("nothing that was sent moves the cursor, changes colours or looks like a line of its own", () => {
  const text = textOf("error", { path: "/a\u001B[2Jb", err: { stack: "\u009B31m" } }, "x\r\n10:00:00 POST /forged 200");
  // oxlint-disable-next-line no-control-regex -- control characters are what is meant
  expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("  "))).toHaveLength(1);
});

test("colours say how bad it is, and are left out where nobody wants them", () => {
  const [red, yellow] = ["\u001B[31m", "\u001B[33m"] as const;
  const codes = (level: Level, fields: object) => [red, yellow].filter((code) => textOf(level, fields, "m", true).includes(code));
  expect(codes("error", {})).toEqual([red]);
  expect(codes("warn", {})).toEqual([yellow]);
  expect(codes("info", {})).toEqual([]);
  expect(codes("info", { status: 500 })).toEqual([red]);
  expect(codes("info", { status: 404 })).toEqual([yellow]);
});

test.each(["entered\n", "{}\n", '{"level":30}\n', "{\n", "\n", ""])("%j is no line of the log, and stays as it is", (text) => {
  expect(logText(text, true)).toBe(text);
});

test("several lines stay several lines", () => {
  const line = '{"level":30,"time":0,"msg":"a"}\n';
  expect(logText(line + line, false).split("\n")).toHaveLength(3);
});
