import { createContext, use } from 'react';
import { type Messages, messagesOf } from './messages.ts';

export const WordsContext = createContext<Messages>(messagesOf('en'));

export function useWords(): Messages {
  return use(WordsContext);
}
