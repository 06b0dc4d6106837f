import { join } from "node:path";
import { expect, test } from "vitest";
import { exportModel, FileModelStore, importModel, registerRemote } from "../../src/index.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { locationOfPath } from "../../src/remote/remote-location.js";
import { FaultyRemote } from "../support/faulty-remote.js";
import { digests } from "../support/item-files.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const megabyte = 1024 * 1024;
const pieces = 192;
/** What may be there at once: parts that are read ahead, and what V8 has not freed yet. The model is twice as large. */
const allowance = 96 * megabyte;

let mostReading = 0;

/** The disk, as if it were a server far away, that several requests at a time are good for. */
registerRemote("far-disk", {
  open: async (location, options) => {
    const disk = await openDriver(locationOfPath(`/${location.host}/${location.path}`, { protocol: "file" }), options);
    const far = new FaultyRemote(disk, { traits: { lanes: 8 }, chunkMs: 12 });
    const close = far[Symbol.asyncDispose].bind(far);
    return Object.assign(far, {
      [Symbol.asyncDispose]: () => {
        mostReading = Math.max(mostReading, far.mostReading);
        return close();
      },
    });
  },
});

test.each(["tar", "folder"] as const)("a model of any size goes out and comes back in constant memory, as %s", async (format) => {
  await using folder = await temporaryFolder();
  const store = new FileModelStore(join(folder.path, "from"));
  const model = await store.create("large:v1", (draft) => draft.write("weights.bin", source()));
  const place = { protocol: "far-disk", subpath: `${folder.path.slice(1)}/out/x` };
  let most = 0;
  const before = process.memoryUsage().arrayBuffers;
  const exporting = exportModel("large", "", { store, format, ...place });
  for await (const _ of exporting) most = Math.max(most, process.memoryUsage().arrayBuffers);
  const importing = importModel("", { store: new FileModelStore(join(folder.path, "to")), format, ...place });
  for await (const _ of importing) most = Math.max(most, process.memoryUsage().arrayBuffers);
  expect(await digests(await importing)).toEqual(await digests(model));
  expect(most - before).toBeLessThan(allowance);
  expect(mostReading).toBeGreaterThan(4);
});

async function* source(): AsyncGenerator<Uint8Array, void> {
  for (let index = 0; index < pieces; index += 1) yield new Uint8Array(megabyte).fill(index);
}
