// What the app's workers load: answers that say where they come from, and a stream that waits for the test.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";

const nothing = z.object({});
const folder = process.env["NEXTJS_TEST_FOLDER"];
const note = (text) => appendFileSync(join(folder, "diary"), `${text}\n`);

export const Iris = defineService({
  name: "iris",
  startup: () => note(`started ${process.pid}`),
  shutdown: () => note(`shut down ${process.pid}`),
  apis: {
    classify: api({ input: z.object({ flowers: z.array(z.array(z.number()).length(4)).min(1) }), output: z.array(z.string()) }, (input) =>
      input.flowers.map(([, , petal]) => (petal < 2.5 ? "setosa" : "versicolor")),
    ),
    where: api({ input: nothing, output: z.any() }, (_, { worker }) => ({ pid: process.pid, parent: process.ppid, worker: worker.index })),
    // Goes on when the test puts a file there.
    halves: api({ input: nothing, output: z.string() }, async function* () {
      yield "first half, ";
      while (!existsSync(join(folder, "go"))) await sleep(5);
      yield "second half";
    }),
  },
});
