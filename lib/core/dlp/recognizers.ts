/** The catalogue of recognisers: which exist, and which of them a policy's entities select. */
import type { CountryCode } from 'libphonenumber-js/max';
import { FINANCE } from './finance.ts';
import { AMERICAN_IDS } from './ids/americas.ts';
import { ASIAN_IDS } from './ids/asian.ts';
import { BRITISH_IDS } from './ids/british.ts';
import { EUROPEAN_IDS } from './ids/european.ts';
import { GERMAN_IDS } from './ids/german.ts';
import { INDIAN_IDS } from './ids/indian.ts';
import { SOUTHERN_IDS } from './ids/southern.ts';
import { TURKISH_PHONE } from './ids/turkish-phone.ts';
import { VIETNAMESE_IDS } from './ids/vietnamese.ts';
import { NETWORK } from './network.ts';
import { phoneRecognizer } from './phone.ts';
import { POSTAL } from './postal.ts';
import type { Entity, Recognizer } from './recognizer.ts';
import { SECRETS } from './secrets.ts';
import { TEMPORAL } from './temporal.ts';

/** All recognisers that work by shape; names, places and organisations are found by `names/`. */
export function patternRecognizers(phoneRegions?: readonly CountryCode[]): readonly Recognizer[] {
  return [
    ...SECRETS,
    ...FINANCE,
    ...NETWORK,
    ...TEMPORAL,
    phoneRecognizer(phoneRegions),
    ...POSTAL,
    ...AMERICAN_IDS,
    ...BRITISH_IDS,
    ...GERMAN_IDS,
    ...EUROPEAN_IDS,
    TURKISH_PHONE,
    ...ASIAN_IDS,
    ...INDIAN_IDS,
    ...SOUTHERN_IDS,
    ...VIETNAMESE_IDS,
  ];
}

/** Entities that some pattern recogniser detects. */
export function patternEntities(recognizers: readonly Recognizer[]): ReadonlySet<Entity> {
  return new Set(recognizers.map(recognizer => recognizer.entity));
}
