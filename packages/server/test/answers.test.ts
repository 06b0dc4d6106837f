import { afterAll, beforeAll, describe } from "vitest";

import { type Door, doors, open } from "./doors.js";
import { testAnswers } from "./echo-answers.js";
import { Echo } from "./fixtures/echo-service.mjs";

describe.each(doors)("answers of every kind, by %s", (kind) => {
  let door: Door;
  beforeAll(async () => {
    door = await open(kind, Echo);
  });
  afterAll(() => door[Symbol.asyncDispose]());

  testAnswers((path, init) => door.fetch(path, init), 60);
});
