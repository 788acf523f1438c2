/** Where customers come from: the widget on one's pages, the connected accounts, and what could not be delivered. */
import { useState } from 'react';
import { ChannelAccounts } from './channel-accounts.tsx';
import { ConnectChannel } from './connect-channel.tsx';
import { pathOf, usePlace } from './route.ts';
import { useSay } from './text.ts';
import { Button, Page, Tabs } from './ui.tsx';
import { Undelivered } from './undelivered.tsx';
import { WidgetSetup } from './widget-setup.tsx';

const TABS = ['accounts', 'widget', 'undelivered'] as const;

export default function ChannelsPage() {
  const say = useSay();
  const { query } = usePlace();
  const open = TABS.find(each => each === query.get('tab')) ?? 'accounts';
  const [connecting, setConnecting] = useState(false);
  const [connected, setConnected] = useState(0);
  return (
    <Page
      title={say('Channels')}
      about={say('Where your customers reach you.')}
      actions={
        open === 'accounts' &&
        !connecting && (
          <Button kind="main" onClick={() => setConnecting(true)}>
            {say('Connect an account')}
          </Button>
        )
      }
    >
      <Tabs
        label={say('Parts of the channels')}
        open={open}
        tabs={[
          ['accounts', say('Accounts')],
          ['widget', say('Your own pages')],
          ['undelivered', say('Not delivered')],
        ]}
        pathOf={tab => pathOf('channels', { tab })}
      />
      {open === 'widget' && <WidgetSetup />}
      {open === 'undelivered' && <Undelivered />}
      {open === 'accounts' && (
        <>
          {connecting && (
            <ConnectChannel
              onConnected={() => setConnected(before => before + 1)}
              onDone={() => setConnecting(false)}
            />
          )}
          <ChannelAccounts key={`${connected} ${connecting}`} />
        </>
      )}
    </Page>
  );
}
