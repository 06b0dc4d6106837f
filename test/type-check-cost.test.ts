import { beforeAll, expect, test } from "vitest";
import { checkEndpoints } from "../bench/types/many-endpoints.mjs";
import { buildPackages } from "./support/workspace.js";

beforeAll(buildPackages, 120_000);

// Seconds are in `bench/types`: what the compiler makes of generic types is the same on every machine, and is what they grow with.
test("the types of a service cost so much for each endpoint, however many there are", () => {
  const few = checkEndpoints(10).instantiations;
  const many = checkEndpoints(100).instantiations;
  const each = (many - few) / 90;
  expect(each).toBeLessThan(2_200);
  expect(many).toBeLessThan(220_000);
}, 120_000);
