/**
 * The tables, as steps that were taken one after the other: a step that has been released never changes. Times are ISO 8601 in UTC,
 * digests lower-case hex.
 *
 * What is published is `versions`, each of which refers to a `contents` row; that one names its parts in `content_parts`. So publishing
 * is one update, versions with the same content share it, and a part is needed as long as a content or a push refers to it.
 */
export const schemaSteps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE repositories (
      uid TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      description TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (kind, name)
    )`,
    `CREATE TABLE contents (
      digest TEXT PRIMARY KEY,
      document TEXT NOT NULL,
      size_bytes BIGINT NOT NULL
    )`,
    `CREATE TABLE content_parts (
      content_digest TEXT NOT NULL REFERENCES contents (digest) ON DELETE CASCADE,
      sha256 TEXT NOT NULL,
      size BIGINT NOT NULL,
      PRIMARY KEY (content_digest, sha256)
    )`,
    `CREATE INDEX content_parts_by_part ON content_parts (sha256)`,
    `CREATE TABLE versions (
      uid TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      description TEXT NOT NULL,
      labels TEXT NOT NULL,
      manifest TEXT NOT NULL,
      module TEXT NOT NULL,
      build_at TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      upload_status TEXT NOT NULL,
      upload_finished_reason TEXT NOT NULL,
      upload_started_at TEXT,
      upload_finished_at TEXT,
      upload_id TEXT,
      transmission_strategy TEXT,
      content_digest TEXT REFERENCES contents (digest),
      size_bytes BIGINT,
      archive_sha256 TEXT,
      UNIQUE (kind, name, version),
      FOREIGN KEY (kind, name) REFERENCES repositories (kind, name) ON DELETE CASCADE
    )`,
    // Every list is newest first, of one kind, mostly of what is done: counting and skipping then touch the index alone.
    `CREATE INDEX versions_by_time ON versions (kind, build_at, uid)`,
    `CREATE INDEX versions_by_status ON versions (kind, upload_status, build_at, uid)`,
    `CREATE INDEX versions_of_name ON versions (kind, name, upload_status, build_at, uid)`,
    `CREATE INDEX versions_by_content ON versions (content_digest)`,
    `CREATE TABLE version_labels (
      version_uid TEXT NOT NULL REFERENCES versions (uid) ON DELETE CASCADE,
      label_key TEXT NOT NULL,
      label_value TEXT NOT NULL,
      PRIMARY KEY (version_uid, label_key, label_value)
    )`,
    `CREATE INDEX version_labels_by_label ON version_labels (label_key, label_value, version_uid)`,
    `CREATE TABLE parts (
      sha256 TEXT PRIMARY KEY,
      size BIGINT NOT NULL,
      stored_at TEXT NOT NULL,
      condemned INTEGER NOT NULL
    )`,
    `CREATE TABLE pushes (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      replaces TEXT NOT NULL,
      pushed_by TEXT NOT NULL,
      about TEXT,
      content_digest TEXT REFERENCES contents (digest),
      base_digest TEXT,
      upload TEXT,
      reserved_bytes BIGINT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT NOT NULL,
      published_at TEXT
    )`,
    `CREATE INDEX pushes_by_end ON pushes (expires_at)`,
    `CREATE INDEX pushes_by_content ON pushes (content_digest)`,
    `CREATE TABLE push_parts (
      push_id TEXT NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (push_id, sha256)
    )`,
    `CREATE INDEX push_parts_by_part ON push_parts (sha256)`,
    `CREATE TABLE upload_parts (
      push_id TEXT NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
      part_number INTEGER NOT NULL,
      etag TEXT NOT NULL,
      size BIGINT NOT NULL,
      sha256 TEXT,
      PRIMARY KEY (push_id, part_number)
    )`,
    `CREATE TABLE tokens (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      description TEXT NOT NULL,
      secret_hash TEXT NOT NULL,
      scope TEXT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT,
      revoked_at TEXT,
      last_used_at TEXT
    )`,
    `CREATE INDEX tokens_by_name ON tokens (name)`,
    `CREATE TABLE audit (
      id TEXT PRIMARY KEY,
      happened_at TEXT NOT NULL,
      token_id TEXT,
      caller TEXT,
      action TEXT NOT NULL,
      target TEXT NOT NULL,
      address TEXT NOT NULL,
      status INTEGER NOT NULL
    )`,
    `CREATE INDEX audit_by_time ON audit (happened_at, id)`,
  ],
  [
    // What one server at a time may do, and until when: in milliseconds since 1970, by the database's own clock.
    `CREATE TABLE leases (
      name TEXT PRIMARY KEY,
      holder TEXT NOT NULL,
      ends_ms BIGINT NOT NULL
    )`,
    // Whoever keeps the parts of an upload knows them: nothing ever read these.
    `DROP TABLE upload_parts`,
  ],
  [
    // Searches read all of it, and nothing of the manifests, which would be ten times as much.
    `CREATE TABLE version_words (
      version_uid TEXT PRIMARY KEY REFERENCES versions (uid) ON DELETE CASCADE,
      words TEXT NOT NULL
    )`,
    `INSERT INTO version_words (version_uid, words)
       SELECT uid, LOWER(name || '\u0001' || version || '\u0001' || description) FROM versions`,
  ],
];
