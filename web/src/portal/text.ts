/** Words of the portal: written in English where they stand, in Vietnamese by the table beside. `{x}` is filled in. */
import { createContext, use } from 'react';
import { locale } from '../i18n/locale.ts';
import type { Language } from '../i18n/messages.ts';
import { fill } from '../inbox/words.ts';
import { VI } from './dictionary-vi.ts';

export type Say = (english: string, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: Language): Say {
  return (english, values = {}) => fill((language === 'vi' && VI[english]) || english, values);
}

export const SayContext = createContext<Say>(sayIn('en'));

export function useSay(): Say {
  return use(SayContext);
}

export function when(at: string | number | null): string {
  return at === null
    ? '–'
    : new Date(at).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' });
}

export function number(value: number): string {
  return value.toLocaleString(locale());
}

export function money(microUsd: number): string {
  return (microUsd / 1_000_000).toLocaleString(locale(), {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: microUsd !== 0 && Math.abs(microUsd) < 10_000 ? 6 : 2,
  });
}

/** "340 ms", "2.4 s", "3 min". */
export function lasted(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
