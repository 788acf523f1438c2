/** Electronic mail addresses, URLs and domain names, IP and MAC addresses. */
import { isIPv6 } from 'node:net';
import tlds from 'tlds' with { type: 'json' };
import { type Emit, pattern, type Recognizer } from './recognizer.ts';
import { AT, COLON, DECIMAL_DOT, INNER_DOT, SLASHES } from './windows.ts';

const TLDS = new Set(tlds);

function hasTld(host: string): boolean {
  const last = host.slice(host.lastIndexOf('.') + 1).toLowerCase();
  return TLDS.has(last) || last.startsWith('xn--');
}

/** Endings of no public name that addresses of people have all the same: inside a company, and in examples (RFC 2606, 6762). */
const INNER = new Set('local lan internal intranet corp home localhost example test invalid'.split(' '));

function isMailHost(value: string): boolean {
  return hasTld(value) || INNER.has(value.slice(value.lastIndexOf('.') + 1).toLowerCase());
}

const MAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}[\p{L}\p{N}-]{2,24}(?![\p{L}\p{N}])/gu;

const URL_WITH_SCHEME = /(?<![\p{L}\p{N}])(?:https?|ftps?|wss?):\/\/[^\s<>"'`{}|\\^]{1,2048}/giu;
const BARE_DOMAIN =
  /(?<![\p{L}\p{N}@._/-])(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}[a-z][a-z0-9-]{1,23}(?![\p{L}\p{N}@_-]|\.[\p{L}\p{N}])(?:[/?#][^\s<>"'`{}|\\^]{0,2048})?/giu;
/** Endings that are as often the extension of a file or the next sentence: a domain only with `www.` or a path. */
const FILE_LIKE = new Set([
  'md',
  'py',
  'sh',
  'rs',
  'pl',
  'ps',
  'so',
  'zip',
  'mov',
  'is',
  'it',
  'in',
  'at',
  'my',
  'me',
  'no',
]);

/** Length without the punctuation that belongs to the sentence, not to the URL. */
function trimmed(value: string): number {
  let end = value.length;
  for (; end > 0 && '.,;:!?)]}»”’'.includes(value[end - 1]!); end--) {
    if (value[end - 1] === ')' && value.slice(0, end).includes('(')) break;
  }
  return end;
}

/** Whether a dot stands before a letter, as in no sentence but in every domain name. */
function hasInnerDot(text: string, from: number): boolean {
  for (let at = text.indexOf('.', from); at >= 0; at = text.indexOf('.', at + 1)) {
    if (/[A-Za-z]/.test(text[at + 1] ?? '')) return true;
  }
  return false;
}

const url: Recognizer = {
  entity: 'URL',
  source: 'pattern:url',
  minDigits: 0,
  signs: INNER_DOT | SLASHES,
  scan(text: string, from: number, emit: Emit) {
    let covered = from;
    URL_WITH_SCHEME.lastIndex = from;
    const spans: [number, number][] = [];
    for (let match = URL_WITH_SCHEME.exec(text); match; match = URL_WITH_SCHEME.exec(text)) {
      const end = match.index + trimmed(match[0]);
      const host = match[0].slice(match[0].indexOf('//') + 2);
      if (!/^[\p{L}\p{N}[]/u.test(host)) continue;
      spans.push([match.index, end]);
      emit(match.index, end, 0.9);
    }
    if (!hasInnerDot(text, from)) return;
    BARE_DOMAIN.lastIndex = from;
    for (let match = BARE_DOMAIN.exec(text); match; match = BARE_DOMAIN.exec(text)) {
      const start = match.index;
      covered = Math.max(covered, start);
      if (spans.some(([a, b]) => start >= a && start < b)) continue;
      const value = match[0].slice(0, trimmed(match[0]));
      const host = value.split(/[/?#]/, 1)[0]!;
      const last = host.slice(host.lastIndexOf('.') + 1).toLowerCase();
      const path = value.length > host.length;
      if (!hasTld(host) || /^www\.[^.]*$/i.test(host)) continue;
      if (!path && FILE_LIKE.has(last) && !/^www\./i.test(host)) continue;
      emit(start, start + value.length, path || /^www\./i.test(host) ? 0.8 : 0.6);
    }
  },
};

const IPV4 =
  /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\/(?:3[0-2]|[12]?\d)(?!\d))?(?![\w]|\.\d)/g;
const MAX_IPV6 = 64;
/** Length of an address whose groups are all written, one digit each. */
const MIN_IPV6_GROUPS = 15;

const ip: Recognizer = {
  entity: 'IP_ADDRESS',
  source: 'pattern:ip',
  minDigits: 0,
  signs: COLON | DECIMAL_DOT,
  scan(text: string, from: number, emit: Emit) {
    if (text.includes(':', from)) scanIpv6(text, from, emit);
    if (!text.includes('.', from)) return;
    IPV4.lastIndex = from;
    for (let match = IPV4.exec(text); match; match = IPV4.exec(text)) {
      const before = text.slice(Math.max(0, match.index - 2), match.index);
      if (
        /[0-9A-Fa-f]:$/.test(before) &&
        !/[g-zG-Z]/.test(text.slice(Math.max(0, match.index - 14), match.index))
      )
        continue;
      emit(match.index, match.index + match[0].length, 0.75);
    }
  },
};

/** Runs of hexadecimal digits and colons, judged by the platform's own parser. */
function scanIpv6(text: string, from: number, emit: Emit): void {
  let at = from;
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    if (colon < 0) return;
    let start = colon;
    while (start > at && /[0-9A-Fa-f]/.test(text[start - 1]!)) start--;
    let end = colon;
    while (end < text.length && /[0-9A-Fa-f:.]/.test(text[end]!)) end++;
    while (end > start && text[end - 1] === '.') end--;
    at = Math.max(end, colon + 1);
    const value = text.slice(start, end);
    if (value.length < MIN_IPV6_GROUPS && !value.includes('::')) continue;
    if (value.length < 2 || value.length > MAX_IPV6 || !isIPv6(value)) continue;
    if (/[\p{L}\p{N}_]/u.test(text[start - 1] ?? '') || /[\p{L}\p{N}_]/u.test(text[end] ?? '')) continue;
    const mask = /^\/(?:12[0-8]|1[01]\d|\d{1,2})(?!\w)/.exec(text.slice(end, end + 6));
    if (value === '::' && !mask && !/[=\s([]$/.test(text.slice(Math.max(0, start - 1), start))) continue;
    emit(start, end + (mask?.[0].length ?? 0), value.length > 4 ? 0.75 : 0.45);
  }
}

export const NETWORK: readonly Recognizer[] = [
  pattern({
    entity: 'EMAIL_ADDRESS',
    pattern: MAIL,
    score: 0.95,
    check: value => (isMailHost(value) && !value.includes('..') ? undefined : false),
    signs: AT,
  }),
  url,
  ip,
  pattern({
    entity: 'MAC_ADDRESS',
    pattern:
      /(?<![\w:-])(?:[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:-])/g,
    score: 0.8,
    inRun: true,
    minRun: 14,
    check: value => (/^(?:[Ff]+|0+)$/.test(value.replace(/[^0-9A-Fa-f]/g, '')) ? false : undefined),
  }),
];
