import { afterAll, beforeAll, describe } from "vitest";

import { type Door, doors, open } from "./doors.js";
import { TensorCrossing } from "./fixtures/tensor-crossing-service.mjs";
import { testCrossing } from "./tensor-crossing.js";

describe.each(doors)("bodies on their way, by %s", (kind) => {
  let door: Door;
  beforeAll(async () => {
    door = await open(kind, TensorCrossing);
  });
  afterAll(() => door[Symbol.asyncDispose]());

  testCrossing((path, init) => door.fetch(path, init));
});
