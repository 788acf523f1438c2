/** What stands around each page: where one can go, who one is, and the way out. */
import { type ReactNode, useState } from 'react';
import { FernMark } from '../components/icons.tsx';
import { useSession } from './load.ts';
import { useSay } from './text.ts';
import { Link } from './ui.tsx';

export interface Part {
  readonly id: string;
  readonly name: string;
  /** What one must be allowed to come here. */
  readonly scope: string;
  readonly icon: string;
}

export const PARTS: readonly Part[] = [
  {
    id: 'inbox',
    name: 'Inbox',
    scope: 'operate',
    icon: 'M4 13.500 6.500 6h11L20 13.500V18H4ZM4 13.500h4.500a3.500 3.500 0 0 0 7 0H20',
  },
  {
    id: 'knowledge',
    name: 'Knowledge',
    scope: 'knowledge',
    icon: 'M5 5.500c3-.8 5.500-.3 7 1.200 1.500-1.500 4-2 7-1.200v12.500c-3-.8-5.500-.3-7 1.200-1.500-1.500-4-2-7-1.200ZM12 6.700v12.500',
  },
  {
    id: 'workflows',
    name: 'Workflows',
    scope: 'operate',
    icon: 'M5 5h5v4H5ZM14 15h5v4h-5ZM7.500 9v4.500a3 3 0 0 0 3 3.500H14',
  },
  {
    id: 'agents',
    name: 'Agents',
    scope: 'operate',
    icon: 'M6 9h12v9H6ZM12 5v4M9.500 13v1.500M14.500 13v1.500M3.500 12v3M20.500 12v3',
  },
  {
    id: 'channels',
    name: 'Channels',
    scope: 'operate',
    icon: 'M5 18.500V7a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H9Z',
  },
  {
    id: 'usage',
    name: 'Usage and costs',
    scope: 'operate',
    icon: 'M5 19V5M5 19h14M9 16v-5M13 16V8M17 16v-3',
  },
  {
    id: 'team',
    name: 'Team and keys',
    scope: 'view',
    icon: 'M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.500 19c.5-3.200 2.500-5 5.500-5s5 1.800 5.500 5M15.500 5.300a3 3 0 0 1 0 5.400M17 14.300c2 .6 3.100 2.200 3.500 4.700',
  },
  {
    id: 'audit',
    name: 'Audit log',
    scope: 'operate',
    icon: 'M7 4h10v16H7ZM10 8.500h4M10 12h4M10 15.500h2.500',
  },
  {
    id: 'settings',
    name: 'Settings',
    scope: 'operate',
    icon: 'M5 7h9M18 7h1M5 12h2M11 12h8M5 17h7M16 17h3M14 5v4M7 10v4M12 15v4',
  },
];

function Icon({ path }: { readonly path: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className="size-5 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.700"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={path} />
    </svg>
  );
}

export function Shell({ part, children }: { readonly part: string; readonly children: ReactNode }) {
  const say = useSay();
  const { session, me } = useSession();
  const [menu, setMenu] = useState(false);
  const shown = PARTS.filter(({ scope }) => me.scopes.includes(scope));
  return (
    <div className="flex h-dvh flex-col bg-page text-ink md:flex-row">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-10 focus:bg-raised focus:p-3"
      >
        {say('Skip to the page')}
      </a>
      <header className="flex shrink-0 flex-col border-line border-b bg-panel md:w-60 md:border-r md:border-b-0">
        <div className="flex items-center gap-3 px-4 py-3">
          <FernMark className="size-8 shrink-0" />
          <p className="min-w-0 flex-1 truncate font-semibold">{me.name}</p>
          <button
            type="button"
            aria-expanded={menu}
            aria-controls="parts"
            onClick={() => setMenu(!menu)}
            className="min-h-11 cursor-pointer rounded-full border border-line-strong px-4 font-medium text-sm md:hidden"
          >
            {say('Menu')}
          </button>
        </div>
        <nav
          id="parts"
          aria-label={say('Parts')}
          className={`min-h-0 flex-1 overflow-y-auto px-2 pb-3 md:block ${menu ? 'block' : 'hidden'}`}
        >
          <ul className="space-y-0.5">
            {shown.map(({ id, name, icon }) => (
              <li key={id} onClickCapture={() => setMenu(false)}>
                <Link
                  to={`/${id}`}
                  current={id === part}
                  className={`flex min-h-11 items-center gap-3 rounded-xl px-3 font-medium focus-visible:-outline-offset-2 ${id === part ? 'bg-accent-soft text-accent' : 'text-soft hover:bg-sunken hover:text-ink'}`}
                >
                  <Icon path={icon} />
                  {say(name)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={`border-line border-t px-4 py-3 text-sm md:block ${menu ? 'block' : 'hidden'}`}>
          <p className="truncate font-medium" title={session.by}>
            {session.by}
          </p>
          <p className="text-faint">{me.role ? say(me.role) : say('API key')}</p>
          <button
            type="button"
            onClick={() => void session.signOut()}
            className="mt-1 min-h-8 cursor-pointer font-medium text-accent underline decoration-1 underline-offset-3 hover:decoration-2"
          >
            {say('Sign out')}
          </button>
        </div>
      </header>
      <div id="content" className="flex min-h-0 min-w-0 flex-1 flex-col">
        {children}
      </div>
    </div>
  );
}
