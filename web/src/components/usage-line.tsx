import type { Usage } from '../chat/types.ts';
import type { Messages } from '../i18n/messages.ts';
import { useWords } from '../i18n/words-context.ts';

/** Who answered and what it cost, for those who want to know. */
export function UsageLine({ usage }: { readonly usage: Usage }) {
  const words = useWords();
  return (
    <p data-testid="usage" className="text-faint text-xs">
      {usageWords(usage, words).join(' · ')}
    </p>
  );
}

function usageWords(
  { tier, model, costMicroUsd, inputTokens, outputTokens }: Usage,
  words: Messages,
): string[] {
  const parts = model === 'offline' ? [words.offline] : [model];
  if (tier !== '' && tier.toLowerCase() !== model) parts.push(tier);
  if (inputTokens + outputTokens > 0) parts.push(`${inputTokens + outputTokens} ${words.tokens}`);
  parts.push(costMicroUsd === 0 ? words.free : dollars(costMicroUsd));
  return parts;
}

/** Two figures that count: answers cost fractions of a cent. */
function dollars(microUsd: number): string {
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: 'USD',
    maximumSignificantDigits: 2,
  }).format(microUsd / 1_000_000);
}
