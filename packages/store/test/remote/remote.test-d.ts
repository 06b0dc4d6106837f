import {
  importModel,
  inspectArchive,
  registerRemote,
  type ArchiveReport,
  type ImportTransfer,
  type ModelInfo,
  type Remote,
  type RemoteContent,
  type RemoteDriver,
  type RemoteEntry,
  type RemoteLocation,
  type RemoteReadOptions,
  type StoredModel,
  type Transfer,
} from "@bento/store";
import { expectTypeOf } from "vitest";

const place = { user: "u", password: "p", params: { a: "b" }, untrusted: true };
expectTypeOf(importModel("https://host/x.zip", place)).toEqualTypeOf<ImportTransfer<StoredModel>>();
expectTypeOf(inspectArchive(new URL("hf://org/model"), place)).toEqualTypeOf<Transfer<ArchiveReport<ModelInfo>>>();

/** What somebody of another package writes. */
class ShelfRemote implements Remote {
  readonly name = "shelf://x/";
  readonly traits = { ranges: true, lanes: 2 };

  async stat(path: string): Promise<RemoteEntry | undefined> {
    return { kind: "file", path, size: 1, version: undefined };
  }

  async *read(_path: string, { start = 0 }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(1 - start);
  }

  async write(_path: string, content: RemoteContent): Promise<void> {
    for await (const chunk of content.stream(0)) expectTypeOf(chunk).toEqualTypeOf<Uint8Array>();
  }

  async *list(): AsyncGenerator<RemoteEntry, void> {}

  async delete(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

const driver: RemoteDriver = {
  open: async (location, { signal }) => {
    expectTypeOf(location).toEqualTypeOf<RemoteLocation>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return new ShelfRemote();
  },
};
registerRemote("shelf", driver);
registerRemote("shelf", async () => driver);

// @ts-expect-error params are texts
void importModel("s3://bucket/x", { params: { port: 1 } });
// @ts-expect-error a driver opens
registerRemote("shelf", {});
// @ts-expect-error what is untrusted is not asked of exports
void import("@bento/store").then(({ exportModel }) => exportModel("a", "s3://bucket/x", { untrusted: true }));
