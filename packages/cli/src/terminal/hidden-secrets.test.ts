import { expect, test } from "vitest";
import { maskedWords } from "./hidden-secrets.js";

test.each([
  ["models export digits ./out.zip", "models export digits ./out.zip"],
  ["import ftp://host/x --user ada --password hunter2", "import ftp://host/x --user ada --password ***"],
  ["import ftp://host/x --password=hunter2", "import ftp://host/x --password=***"],
  ["import ftp://ada:hunter2@host/x", "import ftp://***@host/x"],
  ["import ftp://ada:hun/ter@2?#@host/x", "import ftp://***@host/x"],
  ["import https://host/x?X-Amz-Signature=hunter2&a=b", "import https://host/x?***"],
  ["import AZBLOB://box/x?sig=hunter2#hunter2", "import AZBLOB://box/x?***"],
  [
    "import s3://b/x --param token=hunter2 --param=key=hunter2 --param hunter2",
    "import s3://b/x --param token=*** --param=key=*** --param ***",
  ],
  ["cloud login --api-token hunter2", "cloud login --api-token ***"],
  ["export digits s3://bucket/a/b.zip --subpath x", "export digits s3://bucket/a/b.zip --subpath x"],
])("%s", (line, masked) => {
  expect(maskedWords(line.split(" ")).join(" ")).toBe(masked);
});
