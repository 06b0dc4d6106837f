import { describe, expect, test } from "vitest";
import { answerOf, callShown, field, useKindsPage } from "./support/kinds-page.js";
import { attack } from "./support/kinds-service.js";

const kinds = useKindsPage();

describe("what is hostile does nothing", () => {
  test.each(["html", "svg", "script", "text", "json", "event"])("an answer as %s", async (which) => {
    await using opened = await kinds.open("hostile");
    const { page, requested } = opened;
    await field(page, "which").selectOption(which);
    await callShown(page);
    await answerOf(page).getByText("Headers of the answer").click();
    const text = await answerOf(page).innerText();
    expect(text).toContain(which.startsWith("svg") ? "<script>parent.attacked=1" : which === "json" ? "onerror=" : attack);
    // Names of headers and their values, descriptions of endpoints and fields.
    expect(text.split("onerror=").length).toBeGreaterThan(1);
    expect((await page.locator("article").innerText()).split(attack).length).toBeGreaterThan(2);
    expect(
      await page.evaluate(
        "[typeof window.attacked, document.querySelectorAll('article script, article svg, article iframe, [onerror], [onload]').length]",
      ),
    ).toEqual(["undefined", 0]);
    expect(requested.filter((url) => url.endsWith("/x"))).toEqual([]);
  });

  test("the browser would not run it either: a script in the page is refused", async () => {
    await using opened = await kinds.open("hostile");
    const { page, complaints } = opened;
    const refused = await page.evaluate(
      `(() => { try { document.body.innerHTML = "<b>"; return "taken"; } catch (error) { return error.name; } })()`,
    );
    expect(refused).toBe("TypeError");
    expect(complaints.some((text) => text.includes("TrustedHTML"))).toBe(true);
  });
});
