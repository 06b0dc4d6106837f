// Signed models: making keys, signing, and holding models to a policy. Loaded with the first model that needs it.
export { checkSignature, findingError, type SignedContent } from "./signing/check.js";
export { type ContentAtHand, SignatureChecker } from "./signing/checker.js";
export { folderContent, stampOf } from "./signing/folder-content.js";
export { createKeyPair, keyIdOf, keyInOneLine, type KeyPair, privateKeyIn, publicKeysOf } from "./signing/keys.js";
export { policyOf, trustedKeysOf } from "./signing/policy.js";
export { makeSignature, type MadeSignature } from "./signing/sign.js";
