#!/usr/bin/env node
// A file that is there before anything is built, so that whoever installs the workspace can link it.
await import("../dist/bin.js");
