import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { languageOf, messagesOf } from '../i18n/messages.ts';
import { WordsContext } from '../i18n/words-context.ts';
import { InboxWords, inboxWords } from '../inbox/words.ts';
import { Portal } from './portal.tsx';
import { SayContext, sayIn } from './text.ts';
import '../app.css';

const language = languageOf(navigator.languages);
document.documentElement.lang = language;

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <WordsContext value={messagesOf(language)}>
        <InboxWords value={inboxWords(language)}>
          <SayContext value={sayIn(language)}>
            <Portal />
          </SayContext>
        </InboxWords>
      </WordsContext>
    </StrictMode>,
  );
