import { EventEmitter, once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { api, defineService } from "@bento/sdk";
import { type BentoServer, serve } from "@bento/server";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "../src/main.js";

const hangs = new EventEmitter();

const Zoo = defineService({
  name: "zoo",
  apis: {
    greet: api(
      {
        description: "Says hello.\n\nTo anybody.",
        input: z.object({ who: z.string(), times: z.int().default(1), loud: z.boolean().optional(), tags: z.array(z.string()).optional() }),
        output: z.string(),
      },
      ({ who, times, loud, tags }) => {
        const text = Array.from({ length: times }, () => `hello ${who}`).join(", ") + (tags === undefined ? "" : ` (${tags.join()})`);
        return loud === true ? text.toUpperCase() : text;
      },
    ),
    echo: api({ input: z.object({ value: z.any(), other: z.any().optional() }), output: z.any() }, (input) => input),
    sum: api({ input: z.object({ rows: z.array(z.array(z.number())) }), output: z.number() }, ({ rows }) =>
      rows.flat().reduce((a, b) => a + b, 0),
    ),
    shout: api({ input: z.string(), output: z.string() }, (text) => text.toUpperCase()),
    double: api({ input: z.int(), output: z.int() }, (value) => value * 2),
    nothing: api({ input: z.object({}), output: z.void() }, () => undefined),
    words: api({ input: z.object({ text: z.string() }), output: z.string() }, async function* ({ text }) {
      for (const word of text.split(" ")) yield `${word} `;
    }),
    count: api({ input: z.object({ to: z.int() }), output: z.object({ number: z.int() }) }, async function* ({ to }) {
      for (let number = 1; number <= to; number += 1) yield { number };
    }),
    failing: api({ input: z.object({}), output: z.string() }, async function* () {
      yield "one\n";
      throw new Error("no more");
    }),
    who: api({ input: z.object({}), output: z.any() }, (_input, ctx) => ({
      agent: ctx.request.headers.get("x-agent"),
      id: ctx.identity?.id ?? null,
    })),
    hang: api({ input: z.object({}), output: z.string() }, (_input, ctx) => {
      hangs.emit("entered");
      return new Promise<string>((_resolve, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("left"))));
    }),
  },
});

let server: BentoServer;
beforeAll(async () => {
  server = await serve(Zoo, {
    port: 0,
    banner: false,
    accessLog: false,
    handleSignals: false,
    auth: { tokens: { ann: "s3cret" } },
    logger: silent,
  });
});
afterAll(() => server.close());
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

const call = (args: readonly string[], surroundings?: Parameters<typeof run>[1]) =>
  run(["client", server.url, "--token", "s3cret", ...args], surroundings);
const input = (text: string): { bytes: ReadableStream<Uint8Array> } => ({ bytes: new Blob([text]).stream() });

function folder(): string {
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  return temporary.path;
}

describe("without an endpoint", () => {
  test("the endpoints are listed as they are called", async () => {
    const { exit, stdout } = await call([]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/ENDPOINT|Endpoint/);
    expect(stdout).toContain("--who <text> [--times <integer>] [--loud <true|false>] [--tags <list of text>]");
    expect(stdout).toContain("Says hello.");
    expect(stdout).toContain("stream of object");
    expect(stdout).toMatch(/shout +<text> +text/);
  });

  test("with all that is known of them, as JSON or YAML", async () => {
    const json = JSON.parse((await call(["-o", "json"])).stdout) as { name: string; input: unknown }[];
    expect(json).toContainEqual(expect.objectContaining({ name: "count", route: "/count", stream: true, task: false }));
    expect(parse((await call(["-o", "yaml"])).stdout)).toEqual(json);
  });
});

describe("an argument", () => {
  test.each<[readonly string[], string]>([
    [["--who", "Bo"], "hello Bo\n"],
    [["--who=Bo", "--times=2"], "hello Bo, hello Bo\n"],
    [["--who", "7", "--times", "1"], "hello 7\n"],
    [["--who", "@@bo"], "hello @bo\n"],
    [["--who", "-bo"], "hello -bo\n"],
    [["--who=--bo"], "hello --bo\n"],
    [["--who", "Bo", "--loud"], "HELLO BO\n"],
    [["--loud", "true", "--who", "Bo"], "HELLO BO\n"],
    [["--who", "Bo", "--tags", "a"], "hello Bo (a)\n"],
    [["--who", "Bo", "--tags", "a", "--tags", "b"], "hello Bo (a,b)\n"],
    [["--who", "Bo", "--tags", '["a","b"]'], "hello Bo (a,b)\n"],
    [['{"who":"Bo","times":2}'], "hello Bo, hello Bo\n"],
    [['{"who":"Bo","times":2}', "--times", "1"], "hello Bo\n"],
  ])("is read as the schema says: %j", async (args, stdout) => {
    expect(await call(["greet", ...args])).toMatchObject({ exit: 0, stdout, stderr: "" });
  });

  test("may be anything where the schema says so", async () => {
    const value = async (...args: readonly string[]) => JSON.parse((await call(["echo", ...args])).stdout) as unknown;
    expect(await value("--value", "1.5")).toEqual({ value: 1.5 });
    expect(await value("--value", "text")).toEqual({ value: "text" });
    expect(await value("--value", "null", "--other", '{"a":[1]}')).toEqual({ value: null, other: { a: [1] } });
    expect(await value("--value")).toEqual({ value: true });
  });

  test("may stand in a file, or be piped in", async () => {
    const at = join(folder(), "rows.json");
    writeFileSync(at, "[[1,2],[3]]");
    expect(await call(["sum", "--rows", `@${at}`])).toMatchObject({ exit: 0, stdout: "6\n" });
    expect(await call(["sum", "--rows", "@-"], input("[[4]]"))).toMatchObject({ exit: 0, stdout: "4\n" });
    expect(await call(["sum", "@-"], input('{"rows":[[5]]}'))).toMatchObject({ exit: 0, stdout: "5\n" });
    writeFileSync(at, "Zoë\n");
    expect(await call(["greet", "--who", `@${at}`])).toMatchObject({ exit: 0, stdout: "hello Zoë\n" });
  });

  test.each<[readonly string[], string]>([
    [["greet", "--hwo", "Bo"], 'error: "greet" has no argument --hwo. Did you mean --who? It takes --who <text> [--times <integer>]'],
    [["greet"], 'error: "greet" lacks --who.'],
    [["greet", "--who"], "error: --who has no value; it takes text."],
    [["greet", "--who", "Bo", "--times", "two"], 'error: --times takes integer as JSON, which "two" is not.'],
    [["greet", "--who", "Bo", "--who", "Di"], "error: --who stands there 2 times, but takes one value."],
    [["greet", "Bo"], 'error: The input of "greet" takes object as JSON, which "Bo" is not.'],
    [["greet", "a", "b"], 'error: unexpected "b".'],
    [["greet", "-k", "3"], 'error: unexpected "-k".'],
    [["greet", "[1]", "--who", "Bo"], 'error: The input of "greet" is no object'],
    [["greet", "--=x"], 'error: "--=x" names no argument.'],
    [["shout", "--text", "a"], 'error: "shout" takes one value without a name: <text>.'],
    [["nothing", "--x", "1"], 'error: "nothing" has no argument --x. It takes no arguments.'],
    [["sum", "--rows", "@-", "--rows", "@-"], "error: @- stands there twice"],
    [["greet", "--who", "Bo", "-o", "xml"], "error: option '-o, --output <format>'"],
  ])("that does not fit is wrong use: %j", async (args, stderr) => {
    const got = await call(args, input("[]"));
    expect(got).toMatchObject({ exit: 2, stdout: "" });
    expect(got.stderr).toContain(stderr);
  });

  test("of which the service thinks otherwise fails, with each problem", async () => {
    const { exit, stderr } = await call(["greet", '{"who":1,"times":"x"}']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/\n {2}who: .*string.*\n {2}times: .*number/);
  });

  test("names a file that is there", async () => {
    const nowhere = join(folder(), "nothing");
    const { exit, stderr } = await call(["sum", "--rows", `@${nowhere}`]);
    expect(exit).toBe(1);
    expect(stderr).toContain(`${nowhere} cannot be read`);
  });
});

describe("a whole input", () => {
  test("is text, or JSON", async () => {
    expect(await call(["shout", "hello"])).toMatchObject({ exit: 0, stdout: "HELLO\n" });
    expect(await call(["shout", "5"])).toMatchObject({ exit: 0, stdout: "5\n" });
    expect(await call(["shout", "@-"], input("piped\n"))).toMatchObject({ exit: 0, stdout: "PIPED\n" });
    expect(await call(["double", "21"])).toMatchObject({ exit: 0, stdout: "42\n" });
    expect(await call(["double", "-3"])).toMatchObject({ exit: 0, stdout: "-6\n" });
    expect(await call(["nothing"])).toMatchObject({ exit: 0 });
  });
});

describe("an answer", () => {
  test("is printed as it is asked for", async () => {
    expect((await call(["shout", "a", "-o", "json"])).stdout).toBe('"A"\n');
    expect((await call(["echo", "--value", "[1]", "-o", "yaml"])).stdout).toBe("value:\n  - 1\n");
    expect((await call(["echo", "--value", "[1]"])).stdout).toBe('{\n  "value": [\n    1\n  ]\n}\n');
  });

  test("that is a stream is printed item by item", async () => {
    expect((await call(["words", "--text", "a b"])).stdout).toBe("a b ");
    expect((await call(["words", "--text", "a b", "-o", "json"])).stdout).toBe('"a "\n"b "\n');
    expect((await call(["count", "--to", "2"])).stdout).toBe('{"number":1}\n{"number":2}\n');
    expect((await call(["count", "--to", "2", "-o", "yaml"])).stdout).toBe("---\nnumber: 1\n---\nnumber: 2\n");
    expect(await call(["failing"])).toMatchObject({ exit: 1, stdout: "one\n" });
  });

  test("is saved, whole or not at all", async () => {
    const at = folder();
    const path = join(at, "words.txt");
    writeFileSync(path, "before");
    expect(await call(["words", "--text", "a b", "--save", path])).toMatchObject({ exit: 0, stdout: "", stderr: `Saved ${path}.\n` });
    expect(readFileSync(path, "utf8")).toBe("a b ");
    expect(await call(["failing", "--save", path])).toMatchObject({ exit: 1, stdout: "" });
    expect(readFileSync(path, "utf8")).toBe("a b ");
    expect(readdirSync(at)).toEqual(["words.txt"]);
    expect(await call(["shout", "a", "--save", path, "--quiet"])).toMatchObject({ exit: 0, stderr: "" });
    expect(readFileSync(path, "utf8")).toBe("A\n");
  });

  test("saved in a folder replaces nothing", async () => {
    const at = folder();
    expect(await call(["shout", "a", "--save", at])).toMatchObject({ exit: 0 });
    expect(readFileSync(join(at, "shout"), "utf8")).toBe("A\n");
    const again = await call(["shout", "b", "--save", `${at}/`]);
    expect(again).toMatchObject({ exit: 1 });
    expect(again.stderr).toContain(`${join(at, "shout")} is there already.`);
    mkdirSync(join(at, "x"));
    expect((await call(["shout", "b", "--save", join(at, "nowhere", "x")])).stderr).toContain("cannot be written");
  });

  test("that ends within a line leaves a person on a new one", async () => {
    const terminal = new FakeTerminal();
    terminal.outColumns = () => 80 as never;
    expect(await main(["client", server.url, "--token", "s3cret", "words", "--text", "a b"], terminal)).toBe(0);
    expect(terminal.stdout).toBe("a b \n");
  });

  test("steers no terminal", async () => {
    const terminal = new FakeTerminal();
    terminal.outColumns = () => 80 as never;
    expect(await main(["client", server.url, "--token", "s3cret", "shout", "a\u001B[2J\nb\u0007"], terminal)).toBe(0);
    expect(terminal.stdout).toBe("A\\u001b[2J\nB\\u0007\n");
  });
});

describe("a service", () => {
  test("is told who calls, and what else is to be said", async () => {
    const { stdout } = await call(["who", "--header", "X-Agent: me"]);
    expect(JSON.parse(stdout)).toEqual({ agent: "me", id: "ann" });
    const refused = await run(["client", server.url, "who"]);
    expect(refused).toMatchObject({ exit: 1, stdout: "" });
    expect(refused.stderr).toContain("credentials");
    expect((await call(["who", "--header", "no header"])).exit).toBe(2);
  });

  test("needs no http:// before its name, and may be without the endpoint", async () => {
    expect((await run(["client", server.url.replace("http://", ""), "--token", "s3cret", "shout", "a"])).stdout).toBe("A\n");
    expect((await call(["/shout", "a"])).stdout).toBe("A\n");
    const missing = await call(["shuot", "a"]);
    expect(missing).toMatchObject({ exit: 1 });
    expect(missing.stderr).toContain('has no endpoint "shuot"');
    expect(missing.stderr).toContain("Did you mean shout?");
    expect((await run(["client", "http://"])).exit).toBe(2);
  });

  test("may take its time only as long as is said, or until somebody interrupts", async () => {
    const slow = await call(["hang", "--timeout", "0.2"]);
    expect(slow).toMatchObject({ exit: 1 });
    expect(slow.stderr).toContain("200 ms");
    const terminal = new FakeTerminal();
    const entered = once(hangs, "entered");
    const hanging = main(["client", server.url, "--token", "s3cret", "hang"], terminal);
    await entered;
    terminal.interrupt("SIGINT");
    expect(await hanging).toBe(130);
  });

  test("that is none says so", async () => {
    const other = createServer((_request, response) => response.end("<html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { exit, stderr } = await run(["client", `http://127.0.0.1:${port}`]);
    expect(exit).toBe(1);
    expect(stderr).toContain("describes no Bento service");
  });
});

describe("completion", () => {
  const open = async (): Promise<string> => {
    const other = await serve(Zoo, { port: 0, banner: false, accessLog: false, handleSignals: false, logger: silent });
    onTestFinished(() => other.close());
    return other.url;
  };

  test("knows the endpoints of a service and their arguments", async () => {
    const url = await open();
    expect((await run(["__complete", "--", "client", url, "gr"])).stdout).toBe("words\ngreet\tSays hello.\n");
    expect((await run(["__complete", "--", "client", url, "greet", "--who", "Bo", "--t"])).stdout).toBe(
      "words\n--times\tinteger\n--tags\tlist of text\n--token\twho calls; better in the environment, where others do not see it\n--timeout\twhat the call may take (default: what the service says)\n",
    );
  });

  test("knows nothing where there is no service, or it asks who calls", async () => {
    for (const url of ["http://127.0.0.1:1", "no url", server.url]) {
      expect((await run(["__complete", "--", "client", url, ""])).stdout).toBe("words\n");
      expect((await run(["__complete", "--", "client", url, "greet", "--wh"])).stdout).toBe("words\n");
    }
  });
});
