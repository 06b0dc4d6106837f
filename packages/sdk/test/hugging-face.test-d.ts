// Wrong code must not compile: `tsc` checks this file in both decorator worlds.
import { HuggingFaceModel, type HuggingFaceModelOptions, type Model, service } from "@bento/sdk";
import type { HubSnapshot } from "@bento/registry/hub";
import { expectTypeOf } from "vitest";

const model = new HuggingFaceModel("org/name", { revision: "main", include: ["*.json"], exclude: "*.md", token: false, optional: true });
expectTypeOf(model).toExtend<Model<HubSnapshot>>();
expectTypeOf(model.resolve()).resolves.toEqualTypeOf<HubSnapshot>();
expectTypeOf(model.path).toEqualTypeOf<string>();
expectTypeOf(model.commit).toEqualTypeOf<string>();
expectTypeOf(model.files).toEqualTypeOf<readonly string[]>();
expectTypeOf<ReturnType<typeof HuggingFaceModel.fromInfo>>().toEqualTypeOf<HuggingFaceModel>();
expectTypeOf<HuggingFaceModelOptions["include"]>().toEqualTypeOf<string | readonly string[] | undefined>();

// @ts-expect-error an id is required
void (() => new HuggingFaceModel());
// @ts-expect-error a revision is a text
void (() => new HuggingFaceModel("org/name", { revision: 1 }));
// @ts-expect-error there is no such option
void (() => new HuggingFaceModel("org/name", { branch: "main" }));
// @ts-expect-error a token is a text, or false
void (() => new HuggingFaceModel("org/name", { token: true }));

@service()
class Tiny {
  model = new HuggingFaceModel("org/name");
  change() {
    // @ts-expect-error the commit is what was resolved
    this.model.commit = "other";
    // @ts-expect-error so are the files
    this.model.files.push("more");
  }
}
expectTypeOf<Tiny["model"]>().toEqualTypeOf<HuggingFaceModel>();
