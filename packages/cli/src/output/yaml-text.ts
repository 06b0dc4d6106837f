import { stringify } from "yaml";

/** YAML of plain values, keys sorted, as YAML 1.1 reads it: so a time stays text for Python too. */
export function yamlText(value: unknown): string {
  return stringify(value, { version: "1.1", sortMapEntries: true, singleQuote: true, lineWidth: 0 });
}
