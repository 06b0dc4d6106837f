import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "../src/main.js";

// A service that means harm to whoever calls it from a terminal.

const escape = "\u001B[2J\u0007\u202E";
const unseen = ["\u001B", "\u0007", "\u202E"];
const nasty = {
  type: "object",
  properties: { [`a${escape}`]: { type: "string", description: escape, default: escape } },
  required: [`a${escape}`],
};

async function serve(
  schema: string,
  answer: (path: string) => { readonly type: string; readonly body: string | Uint8Array; readonly name?: string },
) {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/schema.json") return response.end(schema);
    const { type, body, name } = answer(request.url ?? "");
    if (name !== undefined) response.setHeader("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    return response.setHeader("content-type", type).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function schemaOf(routes: readonly object[]): string {
  return JSON.stringify({ name: `zoo${escape}`, description: escape, routes });
}

test("nothing that a service says of itself steers the terminal", async () => {
  const url = await serve(
    schemaOf([{ name: `go${escape}`, route: `/go${escape}`, doc: `${escape}\n${escape}`, input: nasty, output: { type: escape } }]),
    () => ({ type: "text/plain", body: escape }),
  );
  for (const words of [
    [],
    ["--help"],
    [`go${escape}`],
    [`go${escape}`, "--help"],
    [`go${escape}`, "--b", "1"],
    [`go${escape}`, `--a${escape}`, "1"],
    ["gone"],
  ]) {
    const terminal = new FakeTerminal();
    terminal.outColumns = () => 60 as never;
    await main(["client", url, ...words], terminal);
    for (const character of unseen) expect(`${terminal.stdout}${terminal.stderr}`, words.join(" ")).not.toContain(character);
  }
});

test.each(["../../evil", "/etc/evil", "..", ".", "a\u0000b", "CON", escape, "é".repeat(2000) + ".csv", ".bashrc"])(
  "a file named %j goes nowhere else",
  async (name) => {
    const temporary = temporaryFolder();
    onTestFinished(() => temporary[Symbol.dispose]());
    const url = await serve(schemaOf([{ name: "get", route: "/get", input: { type: "object" }, output: { type: "file" } }]), () => ({
      type: "text/csv",
      body: "a,b",
      name,
    }));
    const { exit, stderr } = await run(["client", url, "get", "--save", `${temporary.path}/in/`]);
    expect(stderr.slice(0, 300)).not.toContain("fault of the command");
    if (exit === 0) expect(readdirSync(temporary.path)).toEqual(["in"]);
    const saved = exit === 0 ? readdirSync(`${temporary.path}/in`) : [];
    for (const one of saved) {
      expect(one.startsWith(".")).toBe(false);
      expect(unseen.some((character) => one.includes(character))).toBe(false);
    }
  },
);

test("an answer deeper than the stack is no fault of the command", async () => {
  const url = await serve(schemaOf([{ name: "get", route: "/get", input: { type: "object" }, output: {} }]), () => ({
    type: "application/json",
    body: `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  }));
  const { exit, stderr } = await run(["client", url, "get"]);
  expect(exit).toBe(1);
  expect(stderr).not.toContain("fault of the command");
});
