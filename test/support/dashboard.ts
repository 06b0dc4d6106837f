import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "./workspace.js";

/** One query of a panel of the dashboard. */
export interface DashboardQuery {
  readonly panel: string;
  /** PromQL, with Grafana's variables in it. */
  readonly expr: string;
  /** How its series are called: labels in double braces. */
  readonly legendFormat: string;
}

/** What of a Grafana dashboard the tests look at. */
export interface Dashboard {
  readonly __inputs: readonly { readonly name: string; readonly type: string; readonly pluginId: string }[];
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: { readonly query: string } }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly datasource?: unknown;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly datasource: unknown; readonly expr: string; readonly legendFormat: string }[];
  }[];
}

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(join(workspaceRoot, "docs/grafana-dashboard.json"), "utf8")) as Dashboard;
}

export function queriesOf({ panels }: Dashboard): DashboardQuery[] {
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr, legendFormat }) => ({ panel: title, expr, legendFormat })));
}
