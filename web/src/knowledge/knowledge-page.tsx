/** What the tenant knows: documents, adding some, trying the search, what was asked in vain, what is too sensitive. */
import { pathOf, usePlace } from '../portal/route.ts';
import { useSay } from '../portal/text.ts';
import { Page, Tabs } from '../portal/ui.tsx';
import { AddDocuments } from './add-documents.tsx';
import { Documents } from './documents.tsx';
import { Gaps } from './gaps.tsx';
import { Reviews } from './reviews.tsx';
import { SearchPlayground } from './search-playground.tsx';

const TABS = [
  ['documents', 'Documents', Documents],
  ['add', 'Add', AddDocuments],
  ['search', 'Try the search', SearchPlayground],
  ['gaps', 'Gaps', Gaps],
  ['review', 'Sensitivity', Reviews],
] as const;

export default function KnowledgePage() {
  const say = useSay();
  const { query } = usePlace();
  const open = TABS.find(([id]) => id === query.get('tab')) ?? TABS[0];
  const Shown = open[2];
  return (
    <Page title={say('Knowledge')} about={say('What your agent may answer from.')}>
      <Tabs
        label={say('Knowledge')}
        tabs={TABS.map(([id, name]) => [id, say(name)] as const)}
        open={open[0]}
        pathOf={id => pathOf('knowledge', { tab: id })}
      />
      <Shown />
    </Page>
  );
}
