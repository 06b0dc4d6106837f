import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expandVariables, resolveHome } from "./home.js";

test.each<[string, Record<string, string>, string]>([
  ["nothing set", { HOME: "/home/me" }, "/home/me/bentoml"],
  ["empty", { HOME: "/home/me", BENTOML_HOME: "" }, "/home/me/bentoml"],
  ["absolute", { BENTOML_HOME: "/data/models" }, "/data/models"],
  ["relative", { BENTOML_HOME: "./here" }, "./here"],
  ["tilde", { HOME: "/home/me", BENTOML_HOME: "~/b" }, "/home/me/b"],
  ["tilde alone", { HOME: "/home/me", BENTOML_HOME: "~" }, "/home/me"],
  ["tilde inside", { HOME: "/home/me", BENTOML_HOME: "/a/~/b" }, "/a/~/b"],
  ["variable", { ROOT: "/r", BENTOML_HOME: "$ROOT/b" }, "/r/b"],
  ["braces", { ROOT: "/r", BENTOML_HOME: "${ROOT}x/b" }, "/rx/b"],
  ["unset variable", { BENTOML_HOME: "/a/$NOPE/${NOPE}" }, "/a/$NOPE/${NOPE}"],
  ["variable that names a variable", { A: "$B", B: "~/c", HOME: "/home/me", BENTOML_HOME: "$A" }, "/home/me/c"],
])("%s", (_, env, home) => {
  expect(resolveHome(env)).toBe(home);
});

test("without HOME the system knows the user's folder", () => {
  expect(resolveHome({})).toBe(join(homedir(), "bentoml"));
});

test("a value that grows for ever ends", () => {
  expect(expandVariables("$A", { A: "x$A" })).toMatch(/^x+\$A$/);
});
