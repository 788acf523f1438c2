/**
 * The library's one entry, for programs outside of this platform: everything that may be relied on, and nothing else.
 * It needs Node, `libphonenumber-js` and `tlds`; no framework, no I/O, no clock. The guide is docs/guides/privacy.md.
 */

export { words } from './context.ts';
export { createDetector, DEFAULT_THRESHOLD, type Detector, type DetectorOptions } from './detect.ts';
export { jsonRedactionStream, jsonRestorationStream } from './json-stream.ts';
export { LOG_POLICY, type Policy, PROMPT_POLICY, SECRET_ENTITIES, type Treatment } from './policy.ts';
export { type Detection, type Entity, type PatternSpec, pattern, type Recognizer } from './recognizer.ts';
export { type Redacted, type RedactionOptions, redact, redactValue, restore } from './redact.ts';
export { detect } from './scanner.ts';
export {
  type RedactionStream,
  type RestorationOptions,
  redactionStream,
  restorationStream,
  type TextStream,
} from './stream.ts';
export { Vault, type VaultState } from './vault.ts';
