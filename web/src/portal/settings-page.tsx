/** What a tenant sets once: flags and configs with their histories, models and how requests find them, sign-in by an issuer, how long data is kept, and the care of events. */
import { Configs } from './configs.tsx';
import { DataKept } from './data-kept.tsx';
import { EventCare } from './event-care.tsx';
import { Flags } from './flags.tsx';
import { Issuer } from './issuer.tsx';
import { ModelEndpoints } from './model-endpoints.tsx';
import { pathOf, usePlace } from './route.ts';
import { Routing } from './routing.tsx';
import { useSay } from './text.ts';
import { Page, Tabs } from './ui.tsx';

const PARTS = {
  flags: Flags,
  configs: Configs,
  models: ModelEndpoints,
  routing: Routing,
  issuer: Issuer,
  data: DataKept,
  events: EventCare,
};
type Part = keyof typeof PARTS;

export default function SettingsPage() {
  const say = useSay();
  const { query } = usePlace();
  const asked = query.get('tab') ?? '';
  const open = (Object.hasOwn(PARTS, asked) ? asked : 'flags') as Part;
  const Shown = PARTS[open];
  return (
    <Page title={say('Settings')}>
      <Tabs
        label={say('Parts of the settings')}
        open={open}
        tabs={[
          ['flags', say('Feature flags')],
          ['configs', say('Configs')],
          ['models', say('Models')],
          ['routing', say('Routing')],
          ['issuer', say('Sign-in')],
          ['data', say('Data')],
          ['events', say('Events')],
        ]}
        pathOf={tab => pathOf('settings', { tab })}
      />
      <Shown />
    </Page>
  );
}
