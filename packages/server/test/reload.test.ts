import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test, vi } from "vitest";

import { json } from "./doors.js";
import { projectFolder, runProgram } from "./program.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const service = (greeting: string, endpoint = "greet") => `
import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { mark } from "./mark.ts";

export const Hello = defineService({
  name: "Hello",
  apis: {
    ${endpoint}: api({ input: z.object({}), output: z.string() }, (_: object) => ${JSON.stringify(greeting)} + mark),
    wait: api({ input: z.object({ ms: z.number() }), output: z.string() }, async ({ ms }: { ms: number }) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return "waited";
    }),
  },
});
`;

const main = `
import { serve } from "@bento/server";

const server = await serve("./service.ts:Hello", { port: 0, reload: true, workers: 2 });
process.send(server.url);
await server.closed;
process.disconnect();
`;

async function development() {
  const folder = projectFolder({ "main.js": main, "service.ts": service("one"), "mark.ts": 'export const mark: string = "!";\n' });
  const program = runProgram(folder.path, "main.js");
  const url = await program.said();
  return {
    program,
    url,
    save: (file: string, text: string) => writeFileSync(join(folder.path, file), text),
    greeting: async (endpoint = "greet") => (await fetch(`${url}/${endpoint}`, json({}))).text(),
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const soon = { timeout: 30_000, interval: 50 };

test("what is saved is what answers, also from a file that the service only imports, and no call fails meanwhile", async () => {
  await using project = await development();
  expect(await project.greeting()).toBe("one!");
  const held = fetch(`${project.url}/wait`, json({ ms: 1500 }));
  project.save("service.ts", service("two"));
  await expect.poll(() => project.greeting(), soon).toBe("two!");
  project.save("mark.ts", 'export const mark: string = "?";\n');
  await expect.poll(() => project.greeting(), soon).toBe("two?");
  // It was in flight in a worker that has been replaced.
  expect([(await held).status, await (await held).text()]).toEqual([200, "waited"]);
});

test("what does not compile is told with its line, and the old workers go on until it does", async () => {
  await using project = await development();
  project.save("service.ts", service("two").replace("async ({ ms }", "async (({ ms }"));
  await expect.poll(() => project.program.output(), soon).toMatch(/Hello goes on as it was: .*service\.ts:\d+/s);
  expect(await project.greeting()).toBe("one!");
  project.save("service.ts", service("three"));
  await expect.poll(() => project.greeting(), soon).toBe("three!");
});

test("endpoints come and go with what is saved", async () => {
  await using project = await development();
  project.save("service.ts", service("two", "salute"));
  await expect.poll(() => project.greeting("salute"), soon).toBe("two!");
  expect((await fetch(`${project.url}/greet`, json({}))).status).toBe(404);
  const { routes } = (await (await fetch(`${project.url}/schema.json`)).json()) as { routes: { name: string }[] };
  expect(routes.map(({ name }) => name)).toEqual(["salute", "wait"]);
});
