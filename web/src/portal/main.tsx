import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { languageOf, messagesOf } from '../i18n/messages.ts';
import { WordsContext } from '../i18n/words-context.ts';
import '../app.css';
import { InboxPage } from '../inbox/inbox-page.tsx';
import { InboxWords, inboxWords } from '../inbox/words.ts';

const language = languageOf(navigator.languages);
const words = inboxWords(language);
document.documentElement.lang = language;
document.title = words.title;

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <WordsContext value={messagesOf(language)}>
        <InboxWords value={words}>
          <InboxPage />
        </InboxWords>
      </WordsContext>
    </StrictMode>,
  );
