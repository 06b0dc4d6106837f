// A process that saves or deletes one model with the built store, and then waits to be killed.
// Usage: node store-worker.mjs create|delete HOME TAG
import { FileModelStore } from "@bento/store";

const files = 50;
const bytesPerFile = 400_000;

const [, , action, home, tag] = process.argv;
const content = Buffer.alloc(bytesPerFile, "0123456789abcdef");
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
setInterval(() => {}, 60_000);
