// A process that saves, deletes or exports one model, and then waits to be killed.
// It does what the first line of its input says: { action: "create" | "delete" | "export", home, tag, target, format }.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { exportModel, FileModelStore } from "@bento/store";

const files = 50;
const bytesPerFile = 400_000;

const content = Buffer.alloc(bytesPerFile, "0123456789abcdef");
process.stdout.write("ready\n");
const [line] = await once(createInterface({ input: process.stdin }), "line");
const { action, home, tag, target, format } = JSON.parse(line);
const store = new FileModelStore(home);
process.stdout.write("start\n");
if (action === "create") {
  await store.create(tag, async (draft) => {
    for (let index = 0; index < files; index += 1) {
      content.writeUInt32LE(index, 0);
      await draft.write(`part-${index % 5}/weights-${index}.bin`, content);
    }
  });
} else if (action === "export") {
  await exportModel(tag, target, { store, format });
} else {
  await store.delete(tag);
}
process.stdout.write("done\n");
