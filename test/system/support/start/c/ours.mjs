import "/tmp/dev/packages/server/dist/bundle/index.js"; import "/tmp/dev/packages/store/dist/bundle/file-store.js"
