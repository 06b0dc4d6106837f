// A process that saves models with the built package. Usage: node creator.mjs HOME
// For each line of input, a JSON object { tag, content }, it saves a model and answers with its outcome.
import { createInterface } from "node:readline";
import { FileModelStore } from "@bento/store";

const store = new FileModelStore(process.argv[2]);
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { tag, content, action = "create" } = JSON.parse(line);
  try {
    if (action === "delete") await store.delete(tag);
    else await store.create(tag, (draft) => Promise.all([draft.write("f", content), draft.write("g/h", content)]));
    process.stdout.write(`${JSON.stringify({ ok: true })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ ok: false, code: error.code, message: error.message })}\n`);
  }
}
