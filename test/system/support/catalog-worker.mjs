// A process that publishes one model after the other in a registry's database, and prints the name of each that is done, until it is killed.
// Its arguments: where the modules of the registry are, the file of SQLite, and what its names begin with.
import { createHash } from "node:crypto";

const [modules, path, prefix] = process.argv.slice(2);
const { openDatabase } = await import(new URL("database/open-database.js", modules).href);
const { createCatalog } = await import(new URL("catalog/create-catalog.js", modules).href);

const partSize = 1024 * 1024;
const catalog = createCatalog(await openDatabase(path));
for (let index = 0; ; index += 1) {
  const name = `${prefix}-${index}`;
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const parts = [sha256("shared by all"), ...Array.from({ length: 5 }, (_, part) => sha256(`${name} ${part}`))];
  const content = {
    format: 1,
    partSize,
    folders: [],
    files: [{ path: "w", size: parts.length * partSize, executable: false, sha256: sha256(name), parts }],
  };
  const about = { description: "", labels: [{ key: "by", value: prefix }], manifest: {}, buildAt: new Date().toISOString() };
  const push = await catalog.beginPush({ kind: "model", name, version: "v1", replaces: "never", by: prefix, about, content });
  for (const part of await catalog.missingParts(push.id)) {
    const { stored, size } = await catalog.holdPart(push.id, part);
    if (!stored) await catalog.addPart(push.id, part, size);
  }
  await catalog.publishPush(push.id);
  process.stdout.write(`${name}\n`);
}
