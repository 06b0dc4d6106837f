import { discover } from "@bento/client";
import { shapeText } from "../calling/shape-text.js";
import { SchemaView } from "../calling/shapes.js";
import { parseServiceUrl } from "../command/service-values.js";
import type { Candidate } from "./complete.js";

/** So long a service has to answer while somebody waits for Tab. Milliseconds. */
const timeoutMs = 1000;

/**
 * A service's endpoints, or the arguments of one. It is asked without a token: that is for calls alone.
 * @param operands the service's URL, and the endpoint
 */
export async function serviceWords(source: "endpoints" | "arguments", operands: readonly string[]): Promise<readonly Candidate[]> {
  const [url, asked] = operands;
  if (url === undefined || (source === "arguments" && asked === undefined)) return [];
  const { endpoints } = await discover(parseServiceUrl(url), { timeoutMs, retries: 0 });
  if (source === "endpoints") return endpoints.map(({ name, doc }) => ({ word: name, description: doc?.trim().split("\n")[0] ?? "" }));
  const input = endpoints.find(({ name }) => name === asked)?.input;
  const view = new SchemaView(input ?? {});
  return view.propertyNames.map((name) => ({ word: `--${name}`, description: shapeText(view.property(name) ?? view) }));
}
