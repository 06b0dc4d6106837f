import { type Command, Option } from "commander";
import { parseByteSize } from "../../command/byte-size.js";
import { parseCount } from "../../command/count.js";
import { withGlobals } from "../../command/global-options.js";
import { parsePath } from "../../command/path.js";
import { parsePort, withoutEmpty } from "../../command/server-values.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";
import { addDataOptions, type DataOptions } from "./data-options.js";

interface ServeOptions extends DataOptions {
  readonly port?: number;
  readonly host?: string;
  readonly bucket?: string;
  readonly s3Endpoint?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: true;
  readonly maxBytes?: number;
  readonly auditDays?: number;
  readonly insecure?: true;
}

/** Adds `bento registry serve`. */
export function addServeRegistryCommand(registry: Command, terminal: Terminal): void {
  const command = addCommand(registry, "serve", {
    description: "serve a registry, to this client and to Python's, with a page to look at",
    examples: [
      "bento registry serve",
      "bento registry serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem",
      "bento registry serve --data /srv/registry --max-bytes 500GiB --audit-days 90",
      "bento registry serve --database postgres://db/registry --bucket s3://models",
      "bento registry serve --public-url https://registry.example.com --trust-proxy",
    ],
  })
    .addOption(
      new Option("-p, --port <port>", "port to listen on, 0 for any free one (default: 3700)")
        .env("BENTO_REGISTRY_PORT")
        .argParser(parsePort),
    )
    .addOption(
      completedBy(
        ["127.0.0.1", "0.0.0.0", "::"],
        new Option("--host <host>", "address to listen on (default: 127.0.0.1, this machine only)").env("BENTO_REGISTRY_HOST"),
      ),
    );
  addDataOptions(command)
    .addOption(
      new Option("--bucket <url>", "s3://bucket/prefix keeps the files there; the keys are those of AWS's variables").env(
        "BENTO_REGISTRY_BUCKET",
      ),
    )
    .addOption(new Option("--s3-endpoint <url>", "the server of the bucket, where it is not AWS").env("BENTO_REGISTRY_S3_ENDPOINT"))
    .addOption(completedBy("files", new Option("--tls-cert <file>", "certificate in PEM, for https").argParser(parsePath)))
    .addOption(completedBy("files", new Option("--tls-key <file>", "its key").argParser(parsePath)))
    .addOption(new Option("--public-url <url>", "what others know it as, where a proxy stands before it").env("BENTO_REGISTRY_PUBLIC_URL"))
    .option("--trust-proxy", "believe X-Forwarded-For, which the proxy before it writes")
    .addOption(new Option("--max-bytes <size>", "what all files together may take").argParser(parseByteSize))
    .addOption(new Option("--audit-days <days>", "so long is kept who did what (default: 365)").argParser(parseCount))
    .option("--insecure", "ask nobody for a token; for trying out, on this machine only")
    .action(async (given: ServeOptions, self: Command) => {
      const { serveRegistryHere } = await import("../../actions/serve-registry.js");
      await serveRegistryHere(terminal, withGlobals(withoutEmpty(given), self));
    });
}
