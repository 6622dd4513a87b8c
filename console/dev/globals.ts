import { webcrypto } from 'node:crypto';

// Node.js 18 has it, under another name than browsers.
globalThis.crypto ??= webcrypto as Crypto;
