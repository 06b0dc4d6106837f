import { BentoError } from "@bento/core";
import type { RemoteDriver } from "../../remote.js";
import { loadOptional } from "../shared/optional-package.js";
import { SftpRemote } from "./sftp-remote.js";
import { SshDialer } from "./ssh-dialer.js";
import { settingsOf } from "./ssh-settings.js";

/** `sftp://user@host:22/absolute/path`, or `/~/path` from the user's home; `ssh://` is the same. */
export const driver: RemoteDriver = {
  async open(location) {
    const { protocol, host, port, isUntrusted, secrets } = location;
    if (isUntrusted) {
      throw new BentoError("BENTO_BAD_REQUEST", `${protocol}:// is not reached for a location that is not trusted.`, {
        hint: "Servers are logged in to with this machine's own keys. Only http(s):// and hf:// may be named by strangers.",
      });
    }
    if (host === "") throw new BentoError("BENTO_BAD_REQUEST", `The ${protocol}:// location names no host.`);
    const { default: library } = await loadOptional(() => import("ssh2"), { name: "ssh2", scheme: protocol });
    const settings = settingsOf(location, process.env);
    const shownHost = host.includes(":") ? `[${host}]` : host;
    const name = `${protocol}://${shownHost}${port === undefined ? "" : `:${port}`}/`;
    return new SftpRemote(name, new SshDialer(library, settings, { name, secrets }), secrets);
  },
};
