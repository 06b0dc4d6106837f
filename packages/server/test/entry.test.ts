import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json as toJson } from "node:stream/consumers";

import { expect, test, vi } from "vitest";

import { descendants, projectFolder, runProgram } from "./program.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const declaration = `
import { api, defineService } from "@bento/sdk";
import { createApp, serve } from "@bento/server";
import { z } from "zod";

const apis = {
  pid: api({ input: z.object({}), output: z.any() }, (_, ctx) => ({ pid: process.pid, index: ctx.worker.index, count: ctx.worker.count })),
};
`;

interface Place {
  readonly pid: number;
  readonly index: number;
  readonly count: number;
}

/** Where a call runs that has a connection of its own: where a port is shared, a connection stays with its worker. */
async function placeOf(url: string): Promise<Place> {
  const asked = request(`${url}/pid`, { method: "POST", agent: false, headers: { "content-type": "application/json" } }).end("{}");
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return (await toJson(response)) as Place;
}

/** Where calls run that come together, so that each worker gets some. */
const placesOf = (url: string): Promise<Place[]> => Promise.all(Array.from({ length: 8 }, () => placeOf(url)));

const sharing = "{ port: 0, workers: 2, entry: import.meta.url, accessLog: false }";
const options = '{ port: 0, workers: 2, mode: "pool", entry: import.meta.url, accessLog: false }';

test.each([
  ["exports its class", `export const Own = defineService({ name: "Own", apis });\nconst server = await serve(Own, ${options});`],
  ["shares its port", `export const Own = defineService({ name: "Own", apis });\nconst server = await serve(Own, ${sharing});`],
  ["keeps its class to itself", `const server = await serve(defineService({ name: "Own", apis }), ${options});`],
  ["serves it later", `await new Promise(setImmediate);\nconst server = await serve(defineService({ name: "Own", apis }), ${options});`],
  [
    "makes an app of it as well",
    `export const Own = defineService({ name: "Own", apis });\nconst app = await createApp(Own, ${options});\nconst server = await serve(Own, ${options});\nvoid server.closed.then(() => app.close());`,
  ],
])("a module that %s, serves it with two workers and waits, gives two processes, also after a restart", async (name, code) => {
  const isTwice = name.includes("app");
  using folder = projectFolder({
    "main.js": `${declaration}${code}\nprocess.send?.(server.url);\nawait server.closed;\nprocess.disconnect?.();\n`,
  });
  await using program = runProgram(folder.path, "main.js");
  const url = await program.said();
  const started = descendants(program.child);
  expect(started).toHaveLength(isTwice ? 4 : 2);
  const places = await placesOf(url);
  expect(new Set(places.map(({ index, count }) => `${index} of ${count}`))).toEqual(new Set(["1 of 2", "2 of 2"]));
  const [victim] = places as [Place];
  process.kill(victim.pid, "SIGKILL");
  const replaced = async () => (await placesOf(url)).map(({ pid }) => pid).find((pid) => !started.includes(pid)) !== undefined;
  await expect.poll(replaced, { timeout: 30_000, interval: 100 }).toBe(true);
  expect(descendants(program.child)).toHaveLength(isTwice ? 4 : 2);
  expect(new Set((await placesOf(url)).map(({ pid }) => pid)).size).toBe(2);
});

test("a worker that serves by its file what is being loaded starts nothing either", async () => {
  using folder = projectFolder({
    "service.js": `${declaration}export const Own = defineService({ name: "Own", apis });\nawait serve("./other.js:Other", { port: 0, workers: 2 });`,
    "main.js": `import { serve } from "@bento/server";\nconst server = await serve("./service.js:Own", { port: 0, workers: 2, mode: "pool" });\nprocess.send(server.url);\nawait server.closed;\nprocess.disconnect();`,
  });
  await using program = runProgram(folder.path, "main.js");
  expect((await placeOf(await program.said())).count).toBe(2);
  expect(descendants(program.child)).toHaveLength(2);
});

test("what a program serves while another module is loaded by its name is started", async () => {
  using folder = projectFolder({
    "service.js": `${declaration}export const Own = defineService({ name: "Own", apis });\nawait new Promise((resolve) => setTimeout(resolve, 50));\nawait serve(Own);`,
    "main.js": `${declaration}const Mine = defineService({ name: "Mine", apis });
const servers = await Promise.all([serve("./service.js", { port: 0 }), serve(Mine, { port: 0 })]);
process.send(servers.map(({ url }) => url).join(" "));
await Promise.all(servers.map(({ closed }) => closed));
process.disconnect();`,
  });
  await using program = runProgram(folder.path, "main.js");
  for (const url of (await program.said()).split(" ")) expect((await placeOf(url)).pid).toBe(program.child.pid);
});

const two = `${declaration}export const First = defineService({ name: "first", apis });\nexport const Second = defineService({ name: "second", apis });\nexport const nothing = 1;`;

test.each([
  ["./nowhere.js", /There is no module .*nowhere\.js, which the service ".\/nowhere.js" would be in\./, '"./service.ts:Name"'],
  ["./two", /There is no module .*two,/, "two.js"],
  ["./two.js", /two\.js holds several services: first, second\./, 'two.js:first"'],
  ["./two.js:third", /two\.js holds no service "third", but first, second\./, "Name one that is there"],
  ["./two.js:nothing", /nothing of .*two\.js is no service\./, "@service()"],
  ["./none.js", /none\.js holds no service\./, 'Write "export" before the class'],
  ["./main.js:Own", /main\.js names itself/, "entry: import.meta.url"],
])("%s says what to write", async (target, message, hint) => {
  const main = `import { serve } from "@bento/server";
await serve(process.argv[2], { port: 0 }).catch(({ code, message, hint }) => process.send(JSON.stringify({ code, message, hint })));
process.disconnect();`;
  using folder = projectFolder({ "two.js": two, "none.js": "export class Plain {}", "main.js": main });
  await using program = runProgram(folder.path, "main.js", { args: [target] });
  expect(JSON.parse(await program.said())).toEqual({
    code: "BENTO_ENTRY_INVALID",
    message: expect.stringMatching(message),
    hint: expect.stringContaining(hint),
  });
});

test("an export is found by its own name and by that of its service, and so is the only one", async () => {
  const main = `import { createApp } from "@bento/server";
const names = [];
for (const target of ["./two.js:Second", "./two.js:second", "./one.js", "./one.js:default"]) {
  await using_(await createApp(target), (app) => names.push(app.spec.name));
}
async function using_(app, use) { use(app); await app.close(); }
process.send(names.join(" "));
process.disconnect();`;
  const one = `${declaration}export default defineService({ name: "only", apis });`;
  using folder = projectFolder({ "two.js": two, "one.js": one, "main.js": main });
  await using program = runProgram(folder.path, "main.js");
  expect(await program.said()).toBe("second second only only");
});

test("what a module serves only after it was loaded by its name is not started either; the program itself may start more", async () => {
  using folder = projectFolder({
    "service.js": `${declaration}export const Own = defineService({ name: "Own", apis });
async function main() {
  while (globalThis.isServed === undefined) await new Promise(setImmediate);
  return [await serve(Own, ${options}), await serve("./service.js:Own", ${options})];
}
globalThis.late = main();`,
    "main.js": `import { serve } from "@bento/server";
const listening = () => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
const server = await serve("./service.js:Own", { port: 0, workers: 2, mode: "pool" });
globalThis.isServed = true;
const late = await globalThis.late;
const calls = await Promise.all(late.map(({ app }) => app.request("/pid", { method: "POST", body: "{}" })));
const listeners = listening();
const { Own } = await import("./service.js");
const second = await serve(Own, { port: 0 });
process.send(JSON.stringify({ url: second.url, late: calls.map(({ status }) => status), listeners }));
await Promise.all([server.closed, second.closed]);
process.disconnect();`,
  });
  await using program = runProgram(folder.path, "main.js");
  const { url, ...counts } = JSON.parse(await program.said()) as { url: string };
  // What is named by its file is not even looked at, so that nothing is known of its endpoints.
  expect(counts).toEqual({ late: [503, 404], listeners: 1 });
  expect(descendants(program.child)).toHaveLength(2);
  expect((await placeOf(url)).pid).toBe(program.child.pid);
});
