import { afterAll, beforeAll, describe } from "vitest";

import { type Door, doors, open } from "./doors.js";
import { TensorBatches } from "./fixtures/tensor-batches-service.mjs";
import { testTensorBatches } from "./tensor-batches.js";

describe.each(doors)("batches of tensors, by %s", (kind) => {
  let door: Door;
  beforeAll(async () => {
    door = await open(kind, TensorBatches);
  });
  afterAll(() => door[Symbol.asyncDispose]());

  testTensorBatches((path, init) => door.fetch(path, init));
});
