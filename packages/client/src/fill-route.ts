import { BentoError } from "@bento/core";

/**
 * The path of a route with its parameters filled in; one that is not given stays as it is, as BentoML's clients send it.
 * @throws BENTO_BAD_REQUEST for a value that no segment of a path can be
 */
export function fillRoute(route: string, params: Readonly<Record<string, string | number>> | undefined): string {
  if (params === undefined) return route;
  return route.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? String(params[name]) : undefined;
    if (value === undefined) return whole;
    // Each of these a URL takes for something else, however it is written.
    if (!["", ".", ".."].includes(value)) return encodeURIComponent(value);
    throw new BentoError("BENTO_BAD_REQUEST", `The parameter ${JSON.stringify(name)} of the path ${route} is ${JSON.stringify(value)}.`, {
      hint: 'Give text that is not empty, and neither "." nor "..".',
    });
  });
}
