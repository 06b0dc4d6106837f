// A process that saves or deletes one model, and then waits to be killed.
// It does what the first line of its input says: { action: "create" | "delete", home, tag }.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { FileModelStore } from "@bento/store";

const files = 50;
const bytesPerFile = 400_000;

const content = Buffer.alloc(bytesPerFile, "0123456789abcdef");
process.stdout.write("ready\n");
const [line] = await once(createInterface({ input: process.stdin }), "line");
const { action, home, tag } = JSON.parse(line);
const store = new FileModelStore(home);
process.stdout.write("start\n");
if (action === "create") {
  await store.create(tag, async (draft) => {
    for (let index = 0; index < files; index += 1) {
      content.writeUInt32LE(index, 0);
      await draft.write(`part-${index % 5}/weights-${index}.bin`, content);
    }
  });
} else {
  await store.delete(tag);
}
process.stdout.write("done\n");
