import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Input and output of endpoints: kinds of every sort, within objects and unions and by themselves. */
const forms = [
  ['z.object({ images: tensor("float32", ["n", 64]), top: z.number().default(1) })', 'tensor("int64", ["n"])'],
  ["z.object({ picture: image(), note: z.string().optional() })", "z.object({ width: z.number(), seen: z.date() })"],
  ['dataframe({ name: "string", age: "number" })', 'dataframe(["name", "mean"])'],
  [
    'z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), x: tensor("float64") }), z.object({ kind: z.literal("b"), f: file() })])',
    "z.union([z.string(), tensor()])",
  ],
  ['jsonLines(z.object({ n: z.number(), m: z.string().default("") }))', "bytes()"],
];

/** A service of so many endpoints, with a client that calls each of them. */
function serviceText(count) {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const schemas = numbers.map((n) => `const In${n} = ${forms[n % forms.length][0]};\nconst Out${n} = ${forms[n % forms.length][1]};\n`);
  const methods = numbers.map(
    (n) => `
  @api({ input: In${n}, output: Out${n} })
  async call${n}(given: Args<typeof In${n}>): Promise<Returns<typeof Out${n}>> {
    return answer(given);
  }`,
  );
  const calls = numbers.map(
    (n) => `export const got${n}: Promise<ApiOutput<Many, "call${n}">> = client.call${n}(answer<ApiInput<Many, "call${n}">>(${n}));\n`,
  );
  return `import { createClient } from "@bento/client";
import { api, type ApiInput, type ApiOutput, type Args, type Returns, service } from "@bento/sdk";
import { bytes, dataframe, file, image, jsonLines, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

declare function answer<T = never>(given: unknown): T;
${schemas.join("")}
@service()
export class Many {${methods.join("\n")}
}

const client = createClient<Many>("http://localhost:3000");
${calls.join("")}`;
}

const compiler = `${root}node_modules/typescript/bin/tsc`;

/**
 * What checking the types of a service costs, against the packages as they are built.
 * @returns how many types the compiler made of generic ones, and the seconds that checking took it, without reading files
 */
export function checkEndpoints(count) {
  // One thread, or the figures would be those of several checkers together.
  const { stdout, stderr, status } = run(process.execPath, [compiler, "-p", projectOf(count), "--extendedDiagnostics", "--singleThreaded"]);
  if (status !== 0) throw new Error(`The service does not compile: ${stdout}${stderr}`);
  const figure = (name) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
  return { instantiations: figure("Instantiations"), seconds: figure("Check time") };
}

/** Seconds of processor time of the whole compiler for a service of so many endpoints, reading files and starting included; of an empty project for none. */
export function processorSeconds(count) {
  // A shell knows what those that it started have used, which Node does not tell.
  const command = '"$@" && times';
  const { stdout, stderr, status } = run("sh", ["-c", command, "sh", process.execPath, compiler, "-p", projectOf(count)]);
  if (status !== 0) throw new Error(`The service does not compile: ${stdout}${stderr}`);
  const [, children = ""] = stdout.trim().split("\n");
  return children.split(" ").reduce((sum, time) => sum + secondsOf(time), 0);
}

function run(program, args) {
  return spawnSync(program, args, { encoding: "utf8" });
}

/** Writes a project, and gives its path. */
function projectOf(count) {
  const folder = `${root}.cache/types/`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}many-${count}.ts`, count === 0 ? "export {};\n" : serviceText(count));
  const compilerOptions = { noEmit: true, composite: false, types: ["node"] };
  const project = `${folder}many-${count}.json`;
  writeFileSync(project, JSON.stringify({ extends: "../../tsconfig.options.json", compilerOptions, files: [`many-${count}.ts`] }));
  return project;
}

/** Of `1m2.34s`, as POSIX has it. */
function secondsOf(text) {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}
