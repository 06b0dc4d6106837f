import { isIPv6 } from "node:net";
import { BentoError } from "@bento/core";
import { idleMs, type RemoteDriver } from "../../remote.js";
import { FtpRemote } from "./ftp-remote.js";
import { settingsOf } from "./settings.js";

/** `ftp://` and `ftps://`: nothing is connected before something is asked. */
export const driver: RemoteDriver = {
  async open(location) {
    const { protocol, host, port, isUntrusted, secrets } = location;
    if (isUntrusted) {
      throw new BentoError("BENTO_BAD_REQUEST", `${protocol}:// cannot be asked for somebody who is not trusted.`, {
        hint: "Its servers may be anywhere in this network: use https://, whose addresses are checked.",
      });
    }
    const shown = isIPv6(host) ? `[${host}]` : host;
    const name = `${protocol}://${shown}${port === undefined ? "" : `:${port}`}/`;
    return new FtpRemote({ name, settings: await settingsOf(location), secrets, idleMs });
  },
};
