/** Credentials: keys by their issuers' prefixes, tokens, private key blocks, and values beside telling names. */
import { BEARER, SECRET_NAME } from './cues.ts';
import { type Emit, pattern, type Recognizer } from './recognizer.ts';
import { DASHES, SLASHES } from './windows.ts';

/** Shannon entropy of a text in bits per character. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** Prefixes that issuers document, with the alphabet and least length of what follows. */
const PREFIXED = [
  '(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,128}',
  'sk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{20,256}',
  'gh[pousr]_[A-Za-z0-9]{36,255}',
  'github_pat_[A-Za-z0-9_]{50,255}',
  'glpat-[A-Za-z0-9_-]{20,64}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,250}',
  'xapp-\\d-[A-Z0-9]{8,20}-\\d{8,16}-[a-f0-9]{32,80}',
  'AIza[A-Za-z0-9_-]{35}',
  'ya29\\.[A-Za-z0-9_-]{20,400}',
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-[A-Za-z0-9_-]{50,300}',
  'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}',
  'key-[a-f0-9]{32}',
  'AC[a-f0-9]{32}',
  'SK[a-f0-9]{32}',
  'hf_[A-Za-z0-9]{30,64}',
  'gsk_[A-Za-z0-9]{40,80}',
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  'sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}',
  'dop_v1_[a-f0-9]{64}',
  'hvs\\.[A-Za-z0-9_-]{24,200}',
  'whsec_[A-Za-z0-9+/=]{24,80}',
  'EAA[A-Za-z0-9]{60,300}',
  '\\d{8,10}:AA[A-Za-z0-9_-]{33}',
].join('|');

const NAMED =
  /(?<![\p{L}\p{N}])(?:api[ _-]?key|secret(?:[ _-]?key)?|access[ _-]?(?:key|token)|auth[ _-]?token|client[ _-]?secret|password|passwd|pwd|passphrase|mật khẩu|token)["']?\s?(?:is\s?:?|là\s?:?|:=|=>|:|=)\s?["']?([^\s"'`,;<>]{6,256})/giu;

/** A value beside a name such as `password:`; prose after the name ("password is wrong") is not one. */
const named: Recognizer = {
  entity: 'SECRET',
  source: 'context:named-secret',
  minDigits: 0,
  cue: SECRET_NAME,
  scan(text: string, from: number, emit: Emit) {
    NAMED.lastIndex = from;
    for (let match = NAMED.exec(text); match; match = NAMED.exec(text)) {
      const value = match[1]!.replace(/[.!?)]+$/, '');
      const mixed = /\d/.test(value) && /\p{L}/u.test(value);
      const symbols = /[^\p{L}\p{N}.-]/u.test(value);
      if (!(mixed || symbols) || entropy(value) < 2.2) continue;
      const start = match.index + match[0].length - match[1]!.length;
      emit(start, start + value.length, 0.85);
    }
  },
};

/** Whether a match of base64 or hex looks random: all kinds of characters and much entropy. */
function looksRandom(value: string): boolean | undefined {
  const kinds = Number(/[a-z]/.test(value)) + Number(/[A-Z]/.test(value)) + Number(/\d/.test(value));
  const hex = /^[0-9a-f]+$/i.test(value);
  if (hex) return kinds >= 2 && entropy(value) > 3.2 ? undefined : false;
  return kinds === 3 && entropy(value) > 4.2 ? undefined : false;
}

export const SECRETS: readonly Recognizer[] = [
  pattern({
    entity: 'PRIVATE_KEY',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,8192}(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?/g,
    score: 1,
    needs: '-----BEGIN',
    signs: DASHES,
  }),
  pattern({
    entity: 'JWT',
    pattern:
      /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{4,16384}(?:\.[A-Za-z0-9_-]{0,2048})?/g,
    score: 0.97,
    needs: 'eyJ',
    inRun: true,
    minRun: 14,
  }),
  pattern({
    entity: 'API_KEY',
    pattern: new RegExp(`(?<![A-Za-z0-9_-])(?:${PREFIXED})(?![A-Za-z0-9])`, 'g'),
    score: 0.97,
    inRun: true,
    minRun: 14,
  }),
  pattern({
    entity: 'BEARER_TOKEN',
    pattern: /(?<=(?<![A-Za-z])(?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/-]{16,4096}={0,2}/gi,
    score: 0.9,
    cue: BEARER,
    check: value => (/\d/.test(value) || entropy(value) > 3.8 ? undefined : false),
  }),
  named,
  pattern({
    entity: 'SECRET',
    pattern: /(?<=:\/\/[^\s:@/]{1,64}:)[^\s@/]{3,128}(?=@)/g,
    score: 0.97,
    signs: SLASHES,
    source: 'pattern:url_password',
  }),
  pattern({
    entity: 'SECRET',
    pattern: /(?<![A-Za-z0-9+/_=.-])[A-Za-z0-9+/_-]{32,512}={0,2}(?![A-Za-z0-9+/_=-])/g,
    score: 0.45,
    check: looksRandom,
    minDigits: 3,
    inRun: true,
    minRun: 32,
    windowed: false,
    source: 'entropy:token',
  }),
];
