/** The shop's rules as its help articles state them. `demo/shop/articles` and this file must agree. */
import type { OrderRow, PaymentMethod } from './rows.ts';

export const RETURN_DAYS = 30;
/** Days are counted where the shop is: Vietnam, UTC+7 all year. */
const SHOP_OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

export const COUNTRIES: readonly string[] = [
  'Vietnam',
  'Singapore',
  'Thailand',
  'Malaysia',
  'Indonesia',
  'Philippines',
  'Cambodia',
  'Laos',
  'Japan',
  'South Korea',
  'Taiwan',
  'Australia',
  'New Zealand',
  'Austria',
  'Belgium',
  'Denmark',
  'Finland',
  'France',
  'Germany',
  'Ireland',
  'Italy',
  'Netherlands',
  'Poland',
  'Portugal',
  'Spain',
  'Sweden',
  'United Kingdom',
  'Norway',
  'Switzerland',
  'United States',
  'Canada',
];

const COUNTRY_ALIASES: Readonly<Record<string, string>> = {
  'viet nam': 'Vietnam',
  vn: 'Vietnam',
  korea: 'South Korea',
  uk: 'United Kingdom',
  england: 'United Kingdom',
  scotland: 'United Kingdom',
  usa: 'United States',
  us: 'United States',
};

/** Whole days between two moments on the shop's calendar; the day of `fromMs` is day zero. */
export function shopDaysBetween(fromMs: number, toMs: number): number {
  const day = (ms: number) => Math.floor((ms + SHOP_OFFSET_MS) / DAY_MS);
  return day(toMs) - day(fromMs);
}

/** The date on the shop's calendar, e.g. `2026-11-20`. */
export function shopDate(iso: string): string {
  return new Date(Date.parse(iso) + SHOP_OFFSET_MS).toISOString().slice(0, 10);
}

/** What a full refund of goods gives: shipping stays with us (article "Returns: the 30-day rule"). */
export function refundableMicroUsd(order: OrderRow): number {
  return order.goodsMicroUsd - order.discountMicroUsd;
}

/** How long the money takes, in English (article "Refunds and when they arrive"). */
export const REFUND_TIMES: Readonly<Record<PaymentMethod, string>> = {
  card: '3-5 business days',
  bank_transfer: '10 business days',
  cash_on_delivery: '10 business days',
  gift_card: '1 hour',
};

/** The country that the last part of an address names, if it is one that we ship to. */
export function countryOfAddress(address: string): string | undefined {
  const last = address.split(/[,\n]/).at(-1) ?? '';
  const name = foldName(last);
  return COUNTRIES.find(country => foldName(country) === name) ?? COUNTRY_ALIASES[name];
}

/** $92.00 from 92000000. Exact: no floating point. */
export function formatUsd(microUsd: number): string {
  const cents = Math.round(microUsd / 10_000);
  return `$${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

/** 12500000 from "12.50"; undefined when it is not an amount with at most two decimals. */
export function parseUsd(amount: string): number | undefined {
  const match = /^(\d{1,6})(?:\.(\d{1,2}))?$/.exec(amount);
  if (!match) return undefined;
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(2, '0')) * 10_000;
}

export function foldName(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .replace(/[.]/g, '')
    .trim()
    .toLowerCase();
}
