/** Placeholders that are already in a text are values like any other: restoring gives them back as they were. */
import { pattern } from './recognizer.ts';
import { LITERAL, PLACEHOLDER } from './vault.ts';
import { BRACKET } from './windows.ts';

export const LITERAL_PLACEHOLDERS = pattern({
  entity: LITERAL,
  pattern: new RegExp(PLACEHOLDER.source, 'g'),
  score: 1,
  signs: BRACKET,
  source: 'vault:literal',
});
