import { PassThrough } from "node:stream";
import { exportBento, exportModel, exportModels, type BackupResult, type Progress, type Transfer } from "@bento/store";
import { expectTypeOf } from "vitest";

expectTypeOf(exportModel("a", "./out/")).toEqualTypeOf<Transfer<string>>();
expectTypeOf(exportModel("a", new URL("file:///out"), { format: "zip", compression: "best", subpath: "x" })).toEqualTypeOf<
  Transfer<string>
>();
expectTypeOf(exportModel("a", new WritableStream<Uint8Array>())).toEqualTypeOf<Transfer<void>>();
expectTypeOf(exportModel("a", new PassThrough(), { format: "gz" })).toEqualTypeOf<Transfer<void>>();
expectTypeOf(exportBento("a", "./out/", { withModels: false })).toEqualTypeOf<Transfer<string>>();
expectTypeOf(exportModels("./backup")).resolves.toEqualTypeOf<BackupResult>();

expectTypeOf(exportModel("a", "s3://bucket/x/", { user: "u", password: "p", params: { region: "x" } })).toEqualTypeOf<Transfer<string>>();

async function watch(): Promise<void> {
  for await (const progress of exportModel("a", "./out/")) expectTypeOf(progress).toEqualTypeOf<Progress>();
}
void watch;

// @ts-expect-error a stream has no place that options could add to
void exportModel("a", new WritableStream<Uint8Array>(), { subpath: "x" });
// @ts-expect-error no such format
void exportModel("a", "./out/", { format: "tar.gz" });
// @ts-expect-error a stream of text takes no archive
void exportModel("a", new WritableStream<string>());
// @ts-expect-error a model carries no models
void exportModel("a", "./out/", { withModels: true });
