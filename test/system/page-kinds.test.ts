import { describe, expect, test } from "vitest";
import { answerOf, callShown, field, hasFocus, read, saved, useKindsPage } from "./support/kinds-page.js";
import { encodePng, pureTone, twoPagePdf } from "./support/small-files.js";

const kinds = useKindsPage();

const photo = encodePng({ width: 3, height: 2, rgb: new Uint8Array(18).fill(200) });

const isBlob: unknown = expect.stringMatching(/^blob:/);

describe("files", () => {
  test("an image is chosen, looked at, sent, and the answer shown and saved", async () => {
    await using opened = await kinds.open("look");
    const { page, complaints } = opened;
    const chooser = field(page, "photo");
    expect(await chooser.getAttribute("accept")).toBe("image/png,image/jpeg");
    await chooser.setInputFiles({ name: "ü dot.png", mimeType: "image/png", buffer: Buffer.from(photo) });
    const preview = page.getByRole("img", { name: "Preview of ü dot.png" });
    await preview.waitFor();
    await page.waitForFunction("document.querySelector('form img').complete");
    expect(await read(preview, "naturalWidth", "naturalHeight", "src")).toEqual([3, 2, isBlob]);
    await field(page, "invert").check();
    expect(await callShown(page)).toMatch(/^200 OK · [\d.]+ m?s · \d+ bytes$/);
    const shown = answerOf(page).getByRole("img", { name: "seen.png" });
    await page.waitForFunction("document.querySelector('.answer img').complete");
    expect(await read(shown, "naturalWidth", "naturalHeight")).toEqual([3, 2]);
    const file = await saved(page);
    expect([file.name, file.bytes.subarray(1, 4).toString()]).toEqual(["seen.png", "PNG"]);
    await page.getByRole("button", { name: "Remove" }).click();
    expect(await preview.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a sound is played before it is sent, and as an answer", async () => {
    await using opened = await kinds.open("hear");
    const { page, complaints } = opened;
    const sound = Buffer.from(pureTone(440));
    await field(page, "input").setInputFiles({ name: "tone.wav", mimeType: "audio/wav", buffer: sound });
    await callShown(page);
    const players = page.locator("audio");
    for (const player of await players.all()) {
      await player.evaluate(metadataOf);
      expect(await read(player, "src", "duration", "controls")).toEqual([isBlob, 1, true]);
    }
    expect(await players.count()).toBe(2);
    expect((await saved(page)).bytes.equals(sound)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("a film has a player, and what is no film is refused at its field", async () => {
    await using opened = await kinds.open("watch");
    const { page } = opened;
    await field(page, "clip").setInputFiles({ name: "a.mp4", mimeType: "video/mp4", buffer: Buffer.from("none") });
    expect(await read(page.locator("form video"), "src", "controls")).toEqual([isBlob, true]);
    await field(page, "clip").setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("none") });
    expect(await callShown(page, "failed")).toMatch(/^400 · /);
    await page.locator(".field", { hasText: "clip" }).locator(".problem").getByText("video/*").waitFor();
    expect(await hasFocus(field(page, "clip"))).toBe(true);
  });

  test("a document can be opened and saved", async () => {
    await using opened = await kinds.open("read");
    const { page } = opened;
    await field(page, "input").setInputFiles({ name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from(twoPagePdf) });
    await callShown(page);
    const link = answerOf(page).getByRole("link", { name: "Open" });
    expect(await read(link, "href", "target", "rel")).toEqual([isBlob, "_blank", "noopener"]);
    expect((await saved(page)).bytes.equals(Buffer.from(twoPagePdf))).toBe(true);
  });

  test("several files go at once", async () => {
    await using opened = await kinds.open("files");
    const { page } = opened;
    const files = ["a.txt", "b.txt"].map((name) => ({ name, mimeType: "text/plain", buffer: Buffer.from(name) }));
    await field(page, "all").setInputFiles(files);
    await callShown(page);
    expect(await answerOf(page).locator("pre").innerText()).toBe('[{ "name": "a.txt", "size": 5 }, { "name": "b.txt", "size": 5 }]');
  });

  test("bytes are typed in hex, and shown as such", async () => {
    await using opened = await kinds.open("bytes");
    const { page } = opened;
    await field(page, "Given as").selectOption("hex");
    await field(page, "input").fill("00 01 ff");
    await callShown(page);
    expect(await answerOf(page).locator("pre").innerText()).toMatch(/^0000 {2}ff 01 00/);
    expect([...(await saved(page)).bytes]).toEqual([255, 1, 0]);
  });
});

describe("tensors and tables", () => {
  test("a tensor has an example that fits, and the answer is readable", async () => {
    await using opened = await kinds.open("classify");
    const { page } = opened;
    const example = field(page, "images");
    expect(await example.inputValue()).toBe("[[0.1, 0.2, 0.3, 0.4],\n [0.5, 0.6, 0.7, 0.8]]");
    await callShown(page);
    await answerOf(page).getByText("float32, shape [2, 4]").waitFor();
    expect(await answerOf(page).locator("pre").innerText()).toBe("[[0.2  0.4  0.6  0.8]\n [  1  1.2  1.4  1.6]]");
    await example.fill("[[1, 2, 3]]");
    await page.getByText("shape [1, 3]").waitFor();
    expect(await callShown(page, "failed")).toMatch(/^400/);
    await page.locator(".field", { hasText: "images" }).locator(".problem").getByText("shape").waitFor();
  });

  test("a whole number of 64 bits keeps its digits", async () => {
    await using opened = await kinds.open("classify");
    const { page } = opened;
    await field(page, "ids").fill("[9007199254740993, 1]");
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await callShown(page);
    expect((await sent).postData()).toContain('"9007199254740993"');
    expect(await page.getByRole("status").innerText()).toMatch(/^200/);
  });

  test("of a large tensor the beginning and the end are shown, and its shape", async () => {
    await using opened = await kinds.open("grow");
    const { page } = opened;
    await callShown(page);
    await answerOf(page).getByText("float32, shape [200, 30]").waitFor();
    const lines = (await answerOf(page).locator("pre").innerText()).split("\n");
    expect(lines).toHaveLength(7);
    expect(lines[3]).toBe(" …");
    expect(JSON.parse((await saved(page)).bytes.toString())).toHaveLength(200);
  });

  test("a tensor too large to be typed is made up, as somebody wishes", async () => {
    await using opened = await kinds.open("average");
    const { page } = opened;
    await page.getByText("30,000 elements [1, 3, 100, 100], made up").waitFor();
    await callShown(page);
    expect(Number(await answerOf(page).locator("pre").innerText())).toBeCloseTo(0.5, 1);
    await page.getByLabel("Fill with").selectOption("ones");
    await callShown(page);
    expect(await answerOf(page).locator("pre").innerText()).toBe("1");
    await field(page, "input").fill("[1]");
    await page.getByText("shape [1]").waitFor();
    expect(await callShown(page, "failed")).toMatch(/^400/);
  });

  test("a table is edited cell by cell, pasted, and answered as a table", async () => {
    await using opened = await kinds.open("invite");
    const { page } = opened;
    await field(page, "name, row 1").fill("Ada");
    await field(page, "age, row 1").fill("36");
    await page.getByRole("button", { name: "Add a row" }).click();
    await page.keyboard.type("Bo");
    await callShown(page);
    const table = answerOf(page).getByRole("table").first();
    expect(await table.locator("tr").allInnerTexts()).toEqual(["name\tage\tmember", "Ada\t37\ttrue", "two\t3\tfalse", "Bo\t1\t"]);
    await page.getByText("Paste CSV or JSON").click();
    await field(page, "Table as CSV or JSON").fill('age,name,member\n7,"Cy, the ""third""",true\n');
    await page.getByRole("button", { name: "Use as table" }).click();
    await callShown(page);
    expect(await table.locator("tbody tr").allInnerTexts()).toEqual(['Cy, the "third"\t8\ttrue']);
  });

  test("a cell of the wrong type is told of before anything is sent", async () => {
    await using opened = await kinds.open("invite");
    const { page, requested } = opened;
    await field(page, "age, row 2").fill("old");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByText('Row 2, age: Give a number, not "old".').waitFor();
    expect(await field(page, "age, row 2").getAttribute("aria-invalid")).toBe("true");
    expect(await hasFocus(field(page, "age, row 2"))).toBe(true);
    expect(requested.filter((url) => url.endsWith("/invite"))).toEqual([]);
  });

  test("of a long table the first rows are shown, and how many there are", async () => {
    await using opened = await kinds.open("census");
    const { page } = opened;
    await callShown(page);
    await answerOf(page).getByText("1,000 rows, 3 columns; the first 200 rows are shown.").waitFor();
    expect(await answerOf(page).locator(".shown tbody tr").count()).toBe(200);
  });

  test("an answer of several kinds shows each as what it is", async () => {
    await using opened = await kinds.open("report");
    const { page, complaints } = opened;
    await callShown(page);
    const answer = answerOf(page);
    await answer.getByRole("img", { name: "chart.png" }).waitFor();
    await answer.locator("audio").waitFor();
    await answer.getByRole("cell", { name: "January" }).waitFor();
    await answer.getByText("float32, shape [3]").waitFor();
    expect(complaints).toEqual([]);
  });
});

/** Runs in the page: waits until a player knows how long its sound is. */
function metadataOf(player: Element): Promise<void> {
  return new Promise((resolve) => {
    if ((player as HTMLMediaElement).readyState > 0) resolve();
    else player.addEventListener("loadedmetadata", () => resolve());
  });
}
