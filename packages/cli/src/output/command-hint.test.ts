import { expect, test } from "vitest";
import { commandHint } from "./command-hint.js";

test.each([
  [
    "If you trust the archive, raise the limit: { limits: { maxPathBytes: ... } }.",
    "If you trust the archive, raise the limit: --max-path-bytes.",
  ],
  ["Get it again; or import it with acceptChanges.", "Get it again; or import it with --accept-changes."],
  ['list({ name: "x" }) or `bento models list x` shows all of it.', "`bento models list x` shows all of it."],
  ["list() or `bento models list` shows what there is.", "`bento models list` shows what there is."],
  [
    "Import the model first, or export without models: withModels: false.",
    "Import the model first, or export without models: --without-models.",
  ],
  ["Import it with a version of your choice: { version }.", "Import it with a version of your choice: --version."],
  ['Say existing: "skip", or existing: "replace".', "Say --existing skip, or --existing replace."],
  ["Name another path; where no file is wanted, give a stream.", "Name another path; where no file is wanted, write - for stdout."],
  ["Use importBento, or `bento import`.", "Use `bento import`."],
  ["Give user and password, params.sas or AZURE_STORAGE_*.", "Give user and password, --param sas=... or AZURE_STORAGE_*."],
  ['Or params.anonymous=true, or params.anonymous: "true".', "Or --param anonymous=true, or --param anonymous=true."],
  ["Known are s3, ftp; registerRemote() makes others known.", "Known are s3, ftp."],
  ["Write more of the version.", "Write more of the version."],
])("%s", (hint, shown) => {
  expect(commandHint(hint)).toBe(shown);
});
