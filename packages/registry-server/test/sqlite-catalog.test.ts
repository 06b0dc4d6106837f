import { describeCatalog } from "./catalog-contract.js";
import { describeCollectingServers } from "./collecting-servers-contract.js";
import { describeCollection } from "./collection-contract.js";
import { describePushes } from "./push-contract.js";
import { sqliteFixture } from "./support/sqlite-fixture.js";
import { describeTokens } from "./token-contract.js";

const fixture = sqliteFixture();
describeCatalog("a file of SQLite", fixture);
describePushes("a file of SQLite", fixture);
describeCollection("a file of SQLite", fixture);
describeCollectingServers("a file of SQLite", fixture);
describeTokens("a file of SQLite", fixture);
