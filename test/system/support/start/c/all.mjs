import "/tmp/dev/packages/server/dist/bundle/index.js"; import "../linear-service.mjs";
