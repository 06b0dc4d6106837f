// A process that imports one model in place of what has its tag, and then waits to be killed.
// It does what the first line of its input says: { action: "import" | "die-importing", home, tag, stamp }.
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { createInterface } from "node:readline";
import { Tag } from "@bento/core";
import { FileModelStore } from "@bento/store";

const files = 50;

const content = Buffer.alloc(400_000, "0123456789abcdef");
process.stdout.write("ready\n");
const [line] = await once(createInterface({ input: process.stdin }), "line");
const { action, home, tag, stamp } = JSON.parse(line);
const store = new FileModelStore(home);
process.stdout.write("start\n");
if (action === "die-importing") dieBetweenRenames();
await importModel();
process.stdout.write("done\n");

/** Takes in a model like another one of its name, but with files of its own: half of them whole, half as streams. */
async function importModel() {
  const versioned = Tag.parse(tag);
  const { info } = await store.get(`${versioned.name}:base`);
  const yaml = Buffer.from(
    (await (await store.get(info.tag)).text("model.yaml")).replace("version: base", `version: ${versioned.version}`),
  );
  const draft = await store.importDraft();
  for (let index = 0; index < files; index += 1) {
    const bytes = Buffer.from(content);
    bytes.writeUInt32LE(stamp, 0);
    const chunks = [bytes.subarray(0, 100_000), bytes.subarray(100_000)];
    const source = index % 2 === 0 ? bytes.subarray(0, 100_000) : toAsync(chunks);
    await draft.write(`part-${index % 5}/weights-${index}.bin`, source, { executable: false });
  }
  await draft.write("model.yaml", yaml, { executable: false });
  await draft.commit({ tag: versioned, info: { ...info, tag: versioned } }, { existing: "replace" });
}

async function* toAsync(chunks) {
  yield* chunks;
}

/** What no clock can hit: the moment when the old version is away and the new one not yet there. */
function dieBetweenRenames() {
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    if (String(to).endsWith("/replaced")) process.kill(process.pid, "SIGKILL");
  };
  syncBuiltinESMExports();
}
