import { serve } from "@bento/server";
import { expect, test } from "vitest";
import { type DashboardQuery, queriesOf, readDashboard } from "./support/dashboard.js";
import { callObserved, Observed, silentLogger } from "./support/observed-service.js";

/** Labels that Prometheus itself adds to whatever it scrapes. */
const labelsOfPrometheus = ["instance", "job"];

const metricName = /\bbentoml_service_\w+/g;

/** What a query says of metrics: each with the labels that its braces name. */
function selectorsOf(text: string): { readonly metric: string; readonly labels: readonly string[] }[] {
  const selectors = text.matchAll(/\b(?<metric>bentoml_service_\w+)(?:\{(?<matchers>[^}]*)\})?/g);
  return Array.from(selectors, ({ groups }) => ({
    metric: groups?.["metric"] ?? "",
    labels: Array.from((groups?.["matchers"] ?? "").matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g), ([, label = ""]) => label),
  }));
}

/** Labels that the results of a query keep. */
function groupedBy(expr: string): string[] {
  return Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, labels = ""]) => labels.split(/\s*,\s*/)).flat();
}

/** The labels of all samples of a metric that a service tells of; `undefined` where it tells of none. */
async function toldLabels(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  await using server = await serve(Observed, { port: 0, banner: false, accessLog: false, handleSignals: false, logger: silentLogger });
  await callObserved(server.url);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const told = new Map<string, Set<string>>();
  // Measures of a service's own belong to its process, and other tests have some.
  for (const [, metric = "", labels = ""] of text.matchAll(/^(bentoml_service_\w+)\{(.*)\} \S+$/gm)) {
    const names = told.get(metric) ?? new Set();
    for (const [, name = ""] of labels.matchAll(/(\w+)="/g)) names.add(name);
    told.set(metric, names);
  }
  return told;
}

test("the dashboard can be imported: one datasource to choose, and nothing of anybody's own Grafana", async () => {
  const dashboard = await readDashboard();
  expect(dashboard.__inputs.map(({ type, pluginId }) => `${type} ${pluginId}`)).toEqual(["datasource prometheus"]);
  const datasource = { type: "prometheus", uid: `\${${dashboard.__inputs[0]?.name}}` };
  const panels = dashboard.panels.filter(({ type }) => type !== "row");
  for (const panel of panels) {
    expect(panel.datasource, panel.title).toEqual(datasource);
    expect(panel.description, panel.title).toMatch(/\w\.$/);
    for (const target of panel.targets ?? []) expect(target.datasource).toEqual(datasource);
  }
  const required = dashboard.__requires.filter(({ type }) => type === "panel").map(({ id }) => id);
  expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(required));
  expect(dashboard).toMatchObject({ id: null, schemaVersion: 39 });
});

test("no two panels have one id or one place", async () => {
  const { panels } = await readDashboard();
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

test("every metric and label that it asks for is told by a service", async () => {
  const dashboard = await readDashboard();
  const told = await toldLabels();
  const queries: DashboardQuery[] = [
    ...queriesOf(dashboard),
    ...dashboard.templating.list.map(({ name, query }) => ({ panel: `variable ${name}`, expr: query.query, legendFormat: "" })),
  ];
  const wrong: string[] = [];
  for (const { panel, expr, legendFormat } of queries) {
    const kept = groupedBy(expr);
    const variable = Array.from(expr.matchAll(/label_values\(.*,\s*(\w+)\)$/g), ([, label = ""]) => label);
    for (const { metric, labels } of selectorsOf(expr)) {
      const has = told.get(metric);
      const missing = [...labels, ...variable].filter((label) => has?.has(label) !== true && !labelsOfPrometheus.includes(label));
      if (has === undefined) wrong.push(`${panel}: nothing is called ${metric}`);
      else if (missing.length > 0) wrong.push(`${panel}: ${metric} has no ${missing.join()}`);
    }
    const metrics = (expr.match(metricName) ?? []).flatMap((metric) => told.get(metric) ?? []);
    const lost = kept.filter((label) => !metrics.some((has) => has.has(label)));
    if (lost.length > 0) wrong.push(`${panel}: no ${lost.join()} to group by`);
    const named = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = ""]) => label);
    for (const label of named.filter((one) => !kept.includes(one))) wrong.push(`${panel}: its legend names ${label}, which is not kept`);
  }
  expect(wrong).toEqual([]);
  expect(queries.length).toBeGreaterThan(25);
});

test("and every metric that a service tells of is in it", async () => {
  const asked = new Set(queriesOf(await readDashboard()).flatMap(({ expr }) => expr.match(metricName) ?? []));
  const families = [...(await toldLabels()).keys()].map((name) => name.replace(/_(?:bucket|sum|count)$/, ""));
  const shown = new Set([...asked].map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
  expect([...new Set(families)].filter((family) => !shown.has(family))).toEqual([]);
});
