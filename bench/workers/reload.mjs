import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";
import { withServer } from "./program.mjs";

/** Inside of the workspace, where the packages resolve. */
const cache = fileURLToPath(new URL("../../.cache", import.meta.url));
/** Between two questions. Milliseconds. */
const pauseMs = 5;
/** A save that nothing comes of is given up. Milliseconds. */
const longestMs = 30_000;

const source = (save) => `
import { api, service } from "@bento/sdk";
import { z } from "zod";

@service({ name: "Written" })
export class Written {
  @api({ input: z.object({}), output: z.number() })
  save(): number {
    return ${save};
  }
}
`;

/** Milliseconds from a save of a service in TypeScript to the first answer of what was saved. @param {number} saves */
export async function measureReload(saves) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "bench-reload-"));
  const file = join(folder, "service.ts");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(file, source(0));
  try {
    return await withServer("reload.mjs", [`${file}:Written`], async (port) => {
      const taken = [];
      for (let save = 1; save <= saves; save++) {
        const savedAt = performance.now();
        writeFileSync(file, source(save));
        await until(port, save);
        taken.push(performance.now() - savedAt);
      }
      return median(taken);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Resolves when the answers are those of a save. */
async function until(port, save) {
  const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const giveUpAt = performance.now() + longestMs;
  while (performance.now() < giveUpAt) {
    const response = await fetch(`http://127.0.0.1:${port}/save`, init);
    if ((await response.json()) === save) return;
    await pause(pauseMs);
  }
  throw new Error(`save ${save} was not answered within ${longestMs} ms`);
}
