import { once } from "node:events";

import { describe, expect, test } from "vitest";
import { answerOf, callShown, field, hasFocus, saved, useKindsPage } from "./support/kinds-page.js";
import { generators } from "./support/kinds-service.js";

const kinds = useKindsPage();

describe("plain values", () => {
  test("dates, big integers, choices, nested objects and nothing at all", async () => {
    await using opened = await kinds.open("echo");
    const { page } = opened;
    await field(page, "name").fill("Ada");
    await field(page, "born").fill("2026-01-02T03:04:05");
    await field(page, "id").fill("123456789012345678901");
    await field(page, "colour").selectOption("blue");
    await field(page, "street").fill("Main");
    await callShown(page);
    const answer = JSON.parse((await saved(page)).bytes.toString()) as Record<string, unknown>;
    const born = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    expect(answer).toMatchObject({ name: "Ada", born, id: "123456789012345678901", colour: "blue", ratio: null, isNew: true });
    expect(answer).toMatchObject({ tags: ["a", "b"], home: { street: "Main", number: 1 } });
    expect(answer).not.toHaveProperty("extra");
  });

  test("one of several kinds, with a part of the path", async () => {
    await using opened = await kinds.open("area");
    const { page } = opened;
    await field(page, "unit").fill("m/s");
    await field(page, "Kind of value").first().selectOption("kind: rectangle");
    await field(page, "width").fill("3");
    await field(page, "height").fill("4");
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await callShown(page);
    expect((await sent).url()).toBe(`${kinds.url}/shapes/m%2Fs/area`);
    expect(await answerOf(page).locator("pre").innerText()).toBe("12");
  });

  test("an error is named beside its field, in words that a reader of screens hears", async () => {
    await using opened = await kinds.open("echo");
    const { page } = opened;
    await field(page, "name").fill("A");
    await field(page, "count").fill("11");
    expect(await callShown(page, "failed")).toMatch(/^400/);
    for (const [name, problem] of [
      ["name", "Too small"],
      ["count", "Too big"],
    ] as const) {
      const control = field(page, name);
      expect(await control.getAttribute("aria-invalid")).toBe("true");
      const described = (await control.getAttribute("aria-describedby"))?.split(" ").at(-1) ?? "";
      expect(await page.locator(`#${described}`).innerText()).toContain(problem);
    }
    expect(await hasFocus(field(page, "name"))).toBe(true);
    // What has no field is told of in the answer.
    await answerOf(page).getByText("BENTO_INPUT_INVALID").waitFor();
    await field(page, "count").fill("1.5");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByText('Give a whole number, not "1.5".').waitFor();
    expect(await field(page, "name").getAttribute("aria-invalid")).toBe(null);
  });

  test("an error says its code, and what to do next", async () => {
    await using opened = await kinds.open("refuse");
    const { page } = opened;
    expect(await callShown(page, "failed")).toMatch(/^503/);
    await answerOf(page).getByText("Ask another.").waitFor();
    await answerOf(page).getByText("Headers of the answer").click();
    await answerOf(page).getByRole("cell", { name: "BentoML Service/kinds" }).waitFor();
  });
});

describe("streams", () => {
  test("items are shown as they come, and Cancel ends the generator", async () => {
    await using opened = await kinds.open("count");
    const { page } = opened;
    await field(page, "endless").check();
    const ended = once(generators, "ended");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await answerOf(page).getByText('{ "n": 3, "square": 9 }').waitFor();
    expect(await hasFocus(page.getByRole("button", { name: "Cancel" }))).toBe(true);
    await page.keyboard.press("Enter");
    await ended;
    await answerOf(page)
      .getByText(/^Cancelled after/)
      .waitFor();
    await answerOf(page).getByText('{ "n": 3, "square": 9 }').waitFor();
    expect(await hasFocus(page.getByRole("button", { name: "Call", exact: true }))).toBe(true);
  });

  test("texts are joined, and the end is told", async () => {
    await using opened = await kinds.open("talk");
    const { page } = opened;
    expect(await callShown(page)).toMatch(/^200 OK · [\d.]+ m?s · 12 items$/);
    expect(await answerOf(page).locator("pre").innerText()).toBe("Tell me a story of a lighthouse, and of who kept it.");
  });

  test("a stream that fails keeps what came, and says why", async () => {
    await using opened = await kinds.open("fails");
    const { page } = opened;
    expect(await callShown(page, "failed")).toMatch(/^422/);
    expect(await answerOf(page).locator("pre").innerText()).toBe("one two ");
    await answerOf(page).getByText("It cannot go on.").waitFor();
  });

  test("of many items the last ones stay", async () => {
    await using opened = await kinds.open("count");
    const { page } = opened;
    await field(page, "to").fill("2000");
    expect(await callShown(page)).toMatch(/2,000 items$/);
    expect(await answerOf(page).locator("li").count()).toBe(500);
    await answerOf(page).getByText('{ "n": 2000, "square": 4000000 }').waitFor();
  });

  test("a stream as input is typed line by line, or is a file", async () => {
    await using opened = await kinds.open("sum");
    const { page } = opened;
    await field(page, "input").fill('{"n": 1}\n{"n": 2}\n\n{"n": 39}\n');
    await callShown(page);
    expect(await answerOf(page).locator("pre").innerText()).toBe("42");
    await page.getByRole("link", { name: /^weigh/ }).click();
    await field(page, "input").setInputFiles({ name: "a.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1000) });
    await callShown(page);
    expect(await answerOf(page).locator("pre").innerText()).toBe("1000");
  });
});
