import { createApp } from "@bento/server";
import { MemoryModelStore } from "@bento/store";
import { expect, test } from "vitest";
import { Iris } from "./service.js";
import { train } from "./train.js";

test("names the species of a flower", async () => {
  const store = new MemoryModelStore();
  await store.create("iris:v1", (draft) => draft.write("centroids.json", JSON.stringify(train())));
  await using app = await createApp(Iris, { store }); // no port, nothing in your home

  const species = await app.client().classify({
    flowers: [
      [5.1, 3.5, 1.4, 0.2],
      [6.5, 3.0, 5.8, 2.2],
    ],
  });
  expect(species).toEqual(["setosa", "virginica"]);
});

test("refuses what is no flower", async () => {
  const store = new MemoryModelStore();
  await store.create("iris:v1", (draft) => draft.write("centroids.json", JSON.stringify(train())));
  await using app = await createApp(Iris, { store });

  const response = await app.request("/classify", { method: "POST", body: '{"flowers": [[1]]}' });
  expect(response.status).toBe(400);
});
