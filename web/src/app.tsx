/** The chat page: header, conversation, composer, and what stands in their place while there is no platform. */
import { useEffect, useRef } from 'react';
import { isAnswering } from './chat/reducer.ts';
import type { ChatState, Session, SessionWords } from './chat/types.ts';
import { type Chat, useChat } from './chat/use-chat.ts';
import { Banner } from './components/banner.tsx';
import { Composer } from './components/composer.tsx';
import { Conversation } from './components/conversation.tsx';
import { Header } from './components/header.tsx';
import { OpeningScreen } from './components/opening-screen.tsx';
import { type Language, type Messages, messagesOf } from './i18n/messages.ts';
import { WordsContext } from './i18n/words-context.ts';

export function App({ language }: { readonly language: Language }) {
  const chat = useChat();
  const words = messagesOf(language);
  return (
    <WordsContext value={words}>
      <div className="mx-auto flex h-dvh w-full max-w-3xl flex-col bg-panel md:h-[calc(100dvh-3rem)] md:translate-y-6 md:overflow-hidden md:rounded-3xl md:border md:border-line md:shadow-xl md:shadow-black/5">
        {chat.opening.step === 'ready' ? (
          <Room chat={chat} session={inLanguage(chat.opening.session, language)} words={words} />
        ) : (
          <OpeningScreen step={chat.opening.step} />
        )}
      </div>
    </WordsContext>
  );
}

function Room({ chat, session, words }: { chat: Chat; session: SessionWords; words: Messages }) {
  const { state } = chat;
  const input = useRef<HTMLTextAreaElement>(null);
  const answering = isAnswering(state);

  useEffect(() => {
    document.title = session.title;
  }, [session.title]);

  // A keyboard that covers half of a phone is not to open by itself.
  const focusInput = () => {
    if (!window.matchMedia('(pointer: coarse)').matches) input.current?.focus();
  };
  const then = (act: () => void) => () => {
    act();
    focusInput();
  };

  return (
    <>
      <Header
        title={session.title}
        canBeginAnew={state.entries.length > 0}
        onBeginAnew={then(chat.beginAnew)}
      />
      <Conversation
        session={session}
        state={state}
        onSuggestion={text => then(() => chat.send(text))()}
        onRetry={then(chat.retry)}
        onRate={chat.rate}
      />
      <footer className="border-line border-t bg-panel px-3 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5">
        <Banner {...bannerOf(state, words)} />
        <Composer
          ref={input}
          answering={answering}
          stopping={state.stopping}
          onSend={chat.send}
          onStop={then(chat.stop)}
        />
      </footer>
      <p role="status" className="sr-only">
        {state.live ? words.writing : ''}
      </p>
    </>
  );
}

function bannerOf(state: ChatState, words: Messages): { text: string | null; tone: 'notice' | 'danger' } {
  if (state.connection === 'lost') return { text: words.lost, tone: 'danger' };
  if (state.status === 'with-person') return { text: words.withPerson, tone: 'notice' };
  if (state.wantsPerson !== null) return { text: words.wantsPerson, tone: 'notice' };
  if (state.status === 'paused') return { text: words.paused, tone: 'notice' };
  return { text: null, tone: 'notice' };
}

function inLanguage(session: Session, language: Language): SessionWords {
  return session.translations?.[language] ?? session;
}
