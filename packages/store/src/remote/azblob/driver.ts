import { BentoError } from "@bento/core";
import type { RemoteDriver } from "../remote.js";

export const driver: RemoteDriver = {
  open: () => Promise.reject(new BentoError("BENTO_INTERNAL", "Not written yet.")),
};
