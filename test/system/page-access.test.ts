import { describe, expect, test } from "vitest";
import { useKindsPage } from "./support/kinds-page.js";

const kinds = useKindsPage();

describe("for everybody", () => {
  test.each(["light", "dark"] as const)("texts stand out from what is behind them: %s", async (colorScheme) => {
    const page = await kinds.browser.newPage({ colorScheme });
    await page.goto(`${kinds.url}/#look`);
    const names = ["ink", "faint", "accent", "bad", "cool", "warm"].flatMap((front) =>
      ["paper", "surface", "well"].map((back) => [front, back]),
    );
    names.push(["on-accent", "accent"], ["bad", "bad-tint"], ["accent", "tint"]);
    const ratios = await page.evaluate<number[]>(`(${contrasts})(${JSON.stringify(names)})`);
    expect(names.filter((_, index) => (ratios[index] ?? 0) < 4.5)).toEqual([]);
    await page.close();
  });

  test("every control has a name, and nothing is wider than a small screen", async () => {
    const page = await kinds.browser.newPage({ viewport: { width: 380, height: 700 }, reducedMotion: "reduce" });
    await page.goto(kinds.url);
    const links = await page
      .getByRole("navigation")
      .getByRole("link")
      .evaluateAll((found) => found.map((link) => link.getAttribute("href") ?? ""));
    expect(links.length).toBeGreaterThan(20);
    for (const link of links) {
      await page.goto(`${kinds.url}/${link}`);
      await page.locator(`nav a[href="${link}"][aria-current=page]`).waitFor();
      expect([link, await page.evaluate(`(${nameless})()`)]).toEqual([link, []]);
      expect([link, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([link, 380]);
    }
    await page.close();
  });
});

/** Runs in the page: how much each pair of colours differs (WCAG 2). */
const contrasts = `(pairs) => {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name) => {
    const hex = style.getPropertyValue("--" + name).trim().slice(1);
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    const [r, g, b] = full.match(/../g).map((part) => parseInt(part, 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map((pair) => {
    const [dark, bright] = pair.map(luminance).sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  });
}`;

/** Runs in the page: the controls that nobody could name. */
const nameless = `() => [...document.querySelectorAll("input, select, textarea, button, a")].filter((control) => {
  const labels = (control.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
  const texts = [control.getAttribute("aria-label"), ...labels, ...[...(control.labels ?? [])].map((label) => label.textContent), control.textContent];
  return control.matches("input, select, textarea") ? !texts.slice(0, -1).some(Boolean) : !texts.some(Boolean);
}).map((control) => control.outerHTML.slice(0, 100))`;
