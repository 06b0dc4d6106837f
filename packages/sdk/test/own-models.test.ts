import { describe, expect, test } from "vitest";
import { Model, type ModelReferenceInfo, type ModelSource, service } from "@bento/sdk";
import { construct, resolveModels, specOf } from "@bento/sdk/runtime";
import { countingStore } from "./counting-store.js";

describe("a model class of a user", () => {
  class RemoteModel extends Model<{ readonly url: string }> {
    readonly url: string;
    loads = 0;
    constructor(url: string) {
      super();
      this.url = url;
    }
    override get key() {
      return `remote:${this.url}`;
    }
    static override fromInfo(info: ModelReferenceInfo) {
      return new RemoteModel(String(info.metadata?.["url"]));
    }
    override async toInfo() {
      return { tag: "remote:v1", module: null, creation_time: new Date(0), registry: "remote", metadata: { url: this.url } };
    }
    override async toCreateSchema() {
      return { description: "", version: "v1", build_at: "", labels: [], manifest: {} };
    }
    get loaded() {
      return this.resolveSync();
    }
    protected override async load(_source: ModelSource) {
      this.loads++;
      return { url: this.url };
    }
  }

  @service()
  class Uses {
    remote = new RemoteModel("https://models.example/a");
  }

  test("is declared, resolved once and then synchronous", async () => {
    const { store } = countingStore();
    const made = construct(specOf(Uses), { store });
    const { remote } = made.instance as Uses;
    expect(made.models).toEqual([remote]);
    expect(() => remote.loaded).toThrow(
      expect.objectContaining({
        code: "BENTO_MODEL_NOT_FOUND",
        message: expect.stringMatching(/remote:https/) as string,
        hint: expect.stringMatching(/resolve\(\)/) as string,
      }) as Error,
    );
    await resolveModels(made);
    await Promise.all([remote.resolve(), remote.resolve()]);
    expect(remote.loaded).toEqual({ url: "https://models.example/a" });
    expect(remote.loads).toBe(1);
    expect(RemoteModel.fromInfo(await remote.toInfo()).equals(remote)).toBe(true);
  });

  test("without fromInfo says so", () => {
    expect(() => Model.fromInfo({ tag: "a:b", module: null, creation_time: new Date(0), registry: "x" })).toThrow(
      expect.objectContaining({ code: "BENTO_SERVICE_INVALID" }),
    );
  });

  test("an abort ends one caller's wait, not the others'", async () => {
    let open: (url: string) => void = () => undefined;
    const gate = new Promise<string>((resolve) => (open = resolve));
    class Slow extends RemoteModel {
      protected override async load() {
        return { url: await gate };
      }
    }
    const slow = new Slow("slow");
    const controller = new AbortController();
    const aborted = slow.resolve({ signal: controller.signal });
    const waiting = slow.resolve({ signal: new AbortController().signal });
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    open("there");
    await expect(waiting).resolves.toEqual({ url: "there" });
    await expect(slow.resolve({ signal: controller.signal })).rejects.toThrow("enough");
  });
});
