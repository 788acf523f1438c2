import { useWords } from '../i18n/words-context.ts';
import { Dots } from './dots.tsx';
import { FernMark } from './icons.tsx';

/** Before there is anybody to talk to. */
export function OpeningScreen({ step }: { readonly step: 'loading' | 'unreachable' | 'no-tenant' }) {
  const words = useWords();
  const [title, detail] = {
    loading: [words.connecting, ''],
    unreachable: [words.unreachable, words.unreachableDetail],
    'no-tenant': [words.noTenant, words.noTenantDetail],
  }[step];
  return (
    <main className="flex flex-1 flex-col items-center justify-center gap-4 px-6 text-center">
      <FernMark className="size-16" />
      <div role="status" className="space-y-1">
        <h1 className="font-semibold text-ink text-lg">{title}</h1>
        <p className="text-faint">{detail}</p>
      </div>
      {step !== 'no-tenant' && <Dots />}
    </main>
  );
}
