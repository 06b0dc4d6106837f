import { expect, test } from "vitest";

import { defaultLogger } from "../logger.js";
import { crossingOptions, obstacleToSharing } from "./crossing-options.js";

test("options that are data cross to the workers as they are", () => {
  const options = {
    auth: { tokens: { ann: "secret" } },
    cors: { origin: ["https://app.example"] },
    maxBodyBytes: 10,
    maxSpoolBytes: 100,
    urlInputs: { allow: ["10.0.0.0/8"], maxBytes: 5 },
    docs: false,
    version: "v2",
  };
  expect(obstacleToSharing(options, {})).toBeUndefined();
  const sent: unknown = JSON.parse(JSON.stringify(crossingOptions(options)));
  expect(sent).toEqual({ ...options, accessLog: true, allowedHosts: [] });
});

test("functions, loggers and forbidden sockets are obstacles", () => {
  const logger = defaultLogger();
  expect(obstacleToSharing({ auth: () => null }, {})).toContain("auth");
  expect(obstacleToSharing({ cors: { origin: (origin) => origin } }, {})).toContain("cors.origin");
  expect(obstacleToSharing({ logger }, {})).toContain("logger");
  expect(obstacleToSharing({}, { BENTOML_NO_UDS: "1" })).toContain("BENTOML_NO_UDS");
  logger.close();
});
