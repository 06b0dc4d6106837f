import { type BodyPlan, planBody } from "./request.js";
import { addressOf, type Endpoint, type Service, type Session } from "./service.js";
import { essenceOf } from "./preview.js";
import { textOf } from "./schema.js";
import { bigintJson, BytesValue, JsonLines, type Words, write } from "./values.js";

/** A call, as programs elsewhere would make it. */
export interface CodedCall {
  readonly service: Service;
  readonly endpoint: Endpoint;
  readonly session: Session;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly value: unknown;
}

/** Longer bodies are told of, not shown. */
const mostShown = 2000;

/** The call as a command for a terminal. The token stands in a variable of the shell. */
export function curlCommand(call: CodedCall): string {
  const { endpoint, session, params, headers } = call;
  const plan = planBody(endpoint, call.value);
  const lines = [`curl ${endpoint.isStream ? "-N " : ""}${quoted(addressOf(session, filledRoute(endpoint.route, params)))}`];
  if (session.token !== "") lines.push('-H "authorization: Bearer $BENTO_TOKEN"');
  if (endpoint.isStream) lines.push("-H 'accept: application/jsonl'");
  for (const [name, value] of headers) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  lines.push(...bodyOptions(plan));
  const output = outputName(endpoint);
  if (output !== undefined) lines.push(`-o ${output}`);
  return lines.join(" \\\n  ");
}

function bodyOptions(plan: BodyPlan): string[] {
  switch (plan.as) {
    case "none":
      return ["-X POST"];
    case "text":
      return ["-H 'content-type: text/plain'", `--data-raw ${quoted(plan.text)}`];
    case "lines":
      return [
        "-H 'content-type: application/jsonl'",
        `--data-binary ${shortened(plan.lines.map((line) => `${line}\n`).join(""), "items.jsonl")}`,
      ];
    case "file":
      return [`-H ${quoted(`content-type: ${plan.type}`)}`, `--data-binary ${quoted(`@${nameOf(plan.file)}`)}`];
    case "json":
      return ["-H 'content-type: application/json'", `--data-raw ${shortened(jsonOf(plan.value), "input.json")}`];
    case "form":
      return plan.parts.map(([name, value]) => {
        if (value instanceof Blob)
          return `-F ${quoted(`${name}=@${nameOf(value)}${value.type === "" ? "" : `;type=${essenceOf(value.type)}`}`)}`;
        return `--form-string ${quoted(`${name}=${jsonOf(value)}`)}`;
      });
  }
}

/** Where the answer is a file: a terminal cannot show it. */
function outputName({ output, name }: Endpoint): string | undefined {
  if (output["type"] !== "file") return undefined;
  const type = output["format"] === "image" ? "png" : /^[a-z]+\/([a-z\d]+)$/.exec(textOf(output["content_type"]) ?? "")?.[1];
  return `${name}.${type ?? "bin"}`;
}

function shortened(text: string, file: string): string {
  return text.length > mostShown ? `@${file}` : quoted(text);
}

/** For a shell: between single quotes everything is as it stands. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function nameOf(file: Blob): string {
  return file instanceof File ? file.name : "bytes.bin";
}

const json: Words = {
  file: (file) => `"data:${file.type || "application/octet-stream"};base64,..."`,
  bytes: ({ encoding }) => (encoding === "base64" ? '"<base64>"' : '"<text>"'),
  moment: ({ iso }) => JSON.stringify(iso),
  bigint: bigintJson,
  key: (name) => JSON.stringify(name),
};

function jsonOf(value: unknown): string {
  return write(value, json);
}

/** The call as a program of the typed client. */
export function clientCode({ service, endpoint, session, params, headers, value }: CodedCall): string {
  const type = typeName(service.name);
  const files = new Map<Blob, string>();
  const input = value === undefined ? "" : inputCode(value, files);
  const options = [
    ...(endpoint.params.length > 0 ? [`params: ${JSON.stringify(params)}`] : []),
    ...(headers.length > 0 ? [`headers: ${JSON.stringify(Object.fromEntries(headers))}`] : []),
  ];
  const given =
    input === "{}" && options.length === 0
      ? ""
      : [input || "undefined", ...(options.length > 0 ? [`{ ${options.join(", ")} }`] : [])].join(", ");
  const call = `client.${endpoint.member}(${given === "undefined" ? "" : given})`;
  return [
    ...(files.size > 0 ? ['import { openAsBlob } from "node:fs";'] : []),
    'import { createClient } from "@bento/client";',
    `import type { ${type} } from "./service.js";`,
    "",
    `const client = createClient<${type}>(${JSON.stringify(baseUrl(session))}${session.token === "" ? "" : ", { token: process.env.BENTO_TOKEN }"});`,
    ...Array.from(
      files,
      ([file, name]) =>
        `const ${name} = await openAsBlob(${JSON.stringify(nameOf(file))}${file.type === "" ? "" : `, { type: ${JSON.stringify(essenceOf(file.type))} }`});`,
    ),
    endpoint.isStream ? `for await (const item of ${call}) console.log(item);` : `console.log(await ${call});`,
  ].join("\n");
}

function inputCode(value: unknown, files: Map<Blob, string>): string {
  const named = (file: Blob): string => {
    const name = files.get(file) ?? `file${files.size === 0 ? "" : files.size + 1}`;
    files.set(file, name);
    return name;
  };
  const words: Words = {
    file: named,
    bytes: ({ blob }) => (blob instanceof File ? `new Uint8Array(await ${named(blob)}.arrayBuffer())` : "new Uint8Array([/* ... */])"),
    moment: ({ iso }) => `new Date(${JSON.stringify(iso)})`,
    bigint: (digits) => `${digits}n`,
    key: (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)),
  };
  if (value instanceof JsonLines) return `[${value.lines.join(", ")}]`;
  const text = value instanceof BytesValue ? words.bytes(value) : write(value, words);
  return text.length > mostShown ? "input" : text;
}

function baseUrl({ root }: Session): string {
  return root.href.replace(/\/$/, "");
}

/** A name that a class may have. */
function typeName(name: string): string {
  const words = name.split(/[^A-Za-z\d]+/).filter((word) => word !== "");
  const joined = words.map((word) => (word[0] ?? "").toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : "Service";
}

/** A route with its parameters in their places; one that is not given stays as it is. */
export function filledRoute(route: string, params: Readonly<Record<string, string>>): string {
  return route.replaceAll(/\{(\w+)\}/g, (whole, name: string) => encodeURIComponent(params[name] ?? "") || whole);
}
