import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './app.css';
import { languageOf } from './i18n/messages.ts';

const language = languageOf(navigator.languages);
document.documentElement.lang = language;

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <App language={language} />
    </StrictMode>,
  );
