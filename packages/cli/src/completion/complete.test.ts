import { describe, expect, test } from "vitest";
import { FakeTerminal } from "../../test/fake-terminal.js";
import { createProgram } from "../program.js";
import { complete, type LookUp } from "./complete.js";

const program = createProgram(new FakeTerminal());
const lookUp: LookUp = async (hint, { home, operands }) => {
  const words: Partial<Record<typeof hint, readonly string[]>> = {
    "model-tags": ["digits", "digits:v1", "iris:v1", home ?? ""],
    endpoints: [`classify-at-${operands[0]}`],
    arguments: [`--of-${operands[1]}`],
    files: ["ftp-list.txt", "spam.zip"],
    urls: ["s3://", "sftp://", "ftp://", "ftps://"],
    schemes: ["s3", "sftp"],
  };
  return (words[hint] ?? []).map((word) => ({ word, description: "" }));
};

/** What is offered for a line, of which the last word is being written. */
async function offered(line: string): Promise<readonly string[] | string> {
  const { from, candidates } = await complete(program, line.split(" "), lookUp);
  return from === "words" ? candidates.map(({ word }) => word) : from;
}

describe("completes", () => {
  test("commands, and the hidden one never", async () => {
    expect(await offered("")).toEqual(expect.arrayContaining(["models", "completion", "help"]));
    expect(await offered("_")).toEqual([]);
    expect(await offered("mod")).toEqual(["models"]);
    expect(await offered("models de")).toEqual(["delete"]);
    expect(await offered("models nothing ")).toEqual([]);
  });

  test("tags of the store, also behind options, and as often as an argument may stand there", async () => {
    expect(await offered("models get di")).toEqual(["digits", "digits:v1"]);
    expect(await offered("models get digits:")).toEqual(["digits:v1"]);
    expect(await offered("models get -o json --home x di")).toEqual(["digits", "digits:v1"]);
    expect(await offered("models get digits ")).toEqual([]);
    expect(await offered("models delete digits iris")).toEqual(["iris:v1"]);
    expect(await offered("--quiet models get -- di")).toEqual(["digits", "digits:v1"]);
  });

  test.each(["--home /h models get /", "models --home=/h get /", "models get --home /h /"])(
    "with the home of the line: %s",
    async (line) => {
      expect(await offered(line)).toEqual(["/h"]);
    },
  );

  test("options and their choices", async () => {
    expect(await offered("models list --m")).toEqual(["--min-size", "--max-size"]);
    expect(await offered("models list -o ")).toEqual(["table", "json", "yaml", "path"]);
    expect(await offered("models list --output y")).toEqual(["yaml"]);
    expect(await offered("models list --output=y")).toEqual(["--output=yaml"]);
    expect(await offered("completion ")).toEqual(["bash", "zsh", "fish"]);
    expect(await offered("models list --min-size ")).toEqual([]);
    expect(await offered("models -- --o")).toEqual([]);
  });

  test("endpoints of the service, and their arguments", async () => {
    expect(await offered("client ")).toEqual([]);
    expect(await offered("client -o json :3000 cl")).toEqual(["classify-at-:3000"]);
    expect(await offered("client :3000 classify --o")).toEqual(["--of-classify", "--output"]);
    expect(await offered("client :3000 classify --images 1 --of")).toEqual(["--of-classify"]);
    expect(await offered("client :3000 classify --save ")).toBe("files");
    expect(await offered("models list --of")).toEqual([]);
  });

  test("the beginnings of URLs where a place may be elsewhere, unless a file is nearer", async () => {
    expect(await offered("models import s3")).toEqual(["s3://"]);
    expect(await offered("models export digits sf")).toEqual(["sftp://"]);
    expect(await offered("inspect ftp:")).toEqual(["ftp://"]);
    for (const word of ["", "s", "ftp", "./", "s3://bucket"]) expect(await offered(`models import ${word}`)).toBe("files");
    expect(await offered("models import --protocol s")).toEqual(["s3", "sftp"]);
    expect(await offered("models import --password-file ")).toBe("files");
  });

  test("files where files are meant", async () => {
    expect(await offered("models create digits ./o")).toBe("files");
    expect(await offered("models create digits a b ")).toBe("files");
    expect(await offered("models list --home ")).toBe("folders");
  });
});
