/** Written by `make docs` from the contracts of the platform. */

export interface Operations {
  /** An agent, in its newest or in a given version. */
  agentsGet: {
    params: {
      /** Name of the agent */
      readonly name: string;
      /** Counts up from 1; 0 is an agent of the settings */
      readonly version?: number;
    };
    result: {
      /** Counts up from 1; 0 is an agent of the settings */
      readonly version: number;
      readonly manifest: {
        /** Name of the agent */
        readonly name: string;
        /** What the model is told about its work */
        readonly instructions: string;
        /** Tools it may use; without a list all of the tenant */
        readonly tools?: readonly (string)[];
        /** Whether it may search the knowledge (default) */
        readonly knowledge?: 'search' | 'none';
        /** Whether it remembers customers who have agreed to it, from one conversation to the next; default none */
        readonly memory?: 'customer' | 'none';
        /** Agents that it may hand a conversation over to */
        readonly handOffs?: readonly ({
          /** Name of the agent */
          readonly agent: string;
          /** When to hand over, told to the model */
          readonly when: string;
        })[];
        readonly guardRails?: {
          /** Phrases that no answer may hold, in whatever case. Such an answer is not sent; a person is asked. */
          readonly neverSay: readonly (string)[];
        };
        /** JSON Schema: the answer must be JSON that fits; it is asked for again at most twice */
        readonly answerSchema?: unknown;
        readonly limits?: {
          /** Model calls in one turn; default 32 */
          readonly maxSteps?: number;
          /** Times that the same steps may come again before it is stopped; default 2. Four times as many steps that show nothing new stop it as well */
          readonly maxRepeats?: number;
          readonly maxTurnMs?: number;
          readonly maxTurnTokens?: number;
          readonly maxConversationTokens?: number;
          readonly maxTurnCostMicroUsd?: number;
          readonly maxConversationCostMicroUsd?: number;
        };
      };
      readonly createdAt: string | null;
      /** Empty where it was not yet written down */
      readonly createdBy?: string;
    };
  };
  /** The newest version of each agent. */
  agentsList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly agents: readonly ({
        /** Counts up from 1; 0 is an agent of the settings */
        readonly version: number;
        readonly manifest: {
          /** Name of the agent */
          readonly name: string;
          /** What the model is told about its work */
          readonly instructions: string;
          /** Tools it may use; without a list all of the tenant */
          readonly tools?: readonly (string)[];
          /** Whether it may search the knowledge (default) */
          readonly knowledge?: 'search' | 'none';
          /** Whether it remembers customers who have agreed to it, from one conversation to the next; default none */
          readonly memory?: 'customer' | 'none';
          /** Agents that it may hand a conversation over to */
          readonly handOffs?: readonly ({
            /** Name of the agent */
            readonly agent: string;
            /** When to hand over, told to the model */
            readonly when: string;
          })[];
          readonly guardRails?: {
            /** Phrases that no answer may hold, in whatever case. Such an answer is not sent; a person is asked. */
            readonly neverSay: readonly (string)[];
          };
          /** JSON Schema: the answer must be JSON that fits; it is asked for again at most twice */
          readonly answerSchema?: unknown;
          readonly limits?: {
            /** Model calls in one turn; default 32 */
            readonly maxSteps?: number;
            /** Times that the same steps may come again before it is stopped; default 2. Four times as many steps that show nothing new stop it as well */
            readonly maxRepeats?: number;
            readonly maxTurnMs?: number;
            readonly maxTurnTokens?: number;
            readonly maxConversationTokens?: number;
            readonly maxTurnCostMicroUsd?: number;
            readonly maxConversationCostMicroUsd?: number;
          };
        };
        readonly createdAt: string | null;
        /** Empty where it was not yet written down */
        readonly createdBy?: string;
      })[];
    };
  };
  /** Declares an agent, or a new version of it. Conversations under way keep to the version that they began with. The same manifest again is the same version. */
  agentsPut: {
    params: {
      /** Name of the agent */
      readonly name: string;
      /** What the model is told about its work */
      readonly instructions: string;
      /** Tools it may use; without a list all of the tenant */
      readonly tools?: readonly (string)[];
      /** Whether it may search the knowledge (default) */
      readonly knowledge?: 'search' | 'none';
      /** Whether it remembers customers who have agreed to it, from one conversation to the next; default none */
      readonly memory?: 'customer' | 'none';
      /** Agents that it may hand a conversation over to */
      readonly handOffs?: readonly ({
        /** Name of the agent */
        readonly agent: string;
        /** When to hand over, told to the model */
        readonly when: string;
      })[];
      readonly guardRails?: {
        /** Phrases that no answer may hold, in whatever case. Such an answer is not sent; a person is asked. */
        readonly neverSay: readonly (string)[];
      };
      /** JSON Schema: the answer must be JSON that fits; it is asked for again at most twice */
      readonly answerSchema?: unknown;
      readonly limits?: {
        /** Model calls in one turn; default 32 */
        readonly maxSteps?: number;
        /** Times that the same steps may come again before it is stopped; default 2. Four times as many steps that show nothing new stop it as well */
        readonly maxRepeats?: number;
        readonly maxTurnMs?: number;
        readonly maxTurnTokens?: number;
        readonly maxConversationTokens?: number;
        readonly maxTurnCostMicroUsd?: number;
        readonly maxConversationCostMicroUsd?: number;
      };
    };
    result: {
      /** Name of the agent */
      readonly name: string;
      /** Counts up from 1; 0 is an agent of the settings */
      readonly version: number;
    };
  };
  /** Takes a file for a message: PNG, JPEG, GIF, WebP, PDF, DOCX, plain text, sound (MP3, M4A, AAC, OGG, WAV, AMR) or MP4, told by its bytes. One that no message has named within a day is removed. */
  attachmentsAdd: {
    params: {
      /** With its ending */
      readonly name: string;
      /** Base64; 8 MB decoded at most */
      readonly content: string;
    };
    result: {
      /** Give it with the message */
      readonly id: string;
      readonly name: string;
      /** Media type, told by the bytes */
      readonly type: string;
      readonly bytes: number;
    };
  };
  /** A file with its content. Customers reach only what they gave and what belongs to their own conversations. */
  attachmentsGet: {
    params: {
      readonly attachmentId: string;
    };
    result: {
      /** Give it with the message */
      readonly id: string;
      readonly name: string;
      /** Media type, told by the bytes */
      readonly type: string;
      readonly bytes: number;
      /** Base64; files of channels have up to 20 MB */
      readonly content: string;
    };
  };
  /** Entries of the audit log, oldest first; with `before`, newest first. Each covers the hash of the one before it, so an export can be checked by itself. */
  auditList: {
    params: {
      /** Only entries behind this place; the `next` of the page before */
      readonly after?: number;
      /** Newest first, only entries before this place: 0 begins with the newest, then the `next` of the page before */
      readonly before?: number;
      /** Default 100 */
      readonly limit?: number;
    };
    result: {
      readonly entries: readonly ({
        /** Place in the chain of the tenant, from 1 without gaps */
        readonly seq: number;
        /** ISO 8601, UTC */
        readonly at: string;
        /** `user:<id>`, `key:<id>` or `node:<id>` */
        readonly actor: string;
        readonly action: string;
        readonly target: string;
        /** Canonical JSON, as it was hashed */
        readonly detail: string;
        /** SHA-256 in hexadecimal */
        readonly previous: string;
        /** SHA-256 in hexadecimal */
        readonly hash: string;
      })[];
      /** For the next page; missing on the last */
      readonly next?: number;
    };
  };
  /** Reads the whole chain of the tenant and checks it: an entry that was edited, removed, added or moved is told by its place. */
  auditVerify: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly intact: boolean;
      /** Entries that were checked and are as they were written */
      readonly entries: number;
      /** Whether the end of the chain is sealed by a key that is not in the database */
      readonly sealed: boolean;
      readonly fault?: {
        /** Place in the chain of the tenant, from 1 without gaps */
        readonly seq: number;
        /** `head`: the end of the chain is not the one that was written last */
        readonly fault: 'gap' | 'order' | 'link' | 'content' | 'tenant' | 'head';
      };
    };
  };
  /** Every version of a config, the newest first, with who made it. */
  configsHistory: {
    params: {
      /** Such as production; values of `default` count where another has none */
      readonly environment: string;
      /** Key of the config */
      readonly key: string;
    };
    result: {
      readonly versions: readonly ({
        /** Key of the config */
        readonly key: string;
        /** Null for a secret */
        readonly value: unknown;
        readonly secret: boolean;
        readonly removed: boolean;
        /** Counts the changes up from 1 */
        readonly version: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** Every version of a flag, the newest first, with who made it. A definition of null is a removal. */
  flagsHistory: {
    params: {
      /** Key of the flag */
      readonly key: string;
    };
    result: {
      readonly versions: readonly ({
        /** Key of the flag */
        readonly key: string;
        readonly definition: unknown;
        /** Counts the changes up from 1 */
        readonly version: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** The configs of an environment as they are now. */
  configsList: {
    params: {
      /** Such as production; values of `default` count where another has none */
      readonly environment: string;
    };
    result: {
      readonly configs: readonly ({
        /** Key of the config */
        readonly key: string;
        /** Null for a secret */
        readonly value: unknown;
        readonly secret: boolean;
        readonly removed: boolean;
        /** Counts the changes up from 1 */
        readonly version: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** The flags as they are now. */
  flagsList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly flags: readonly ({
        /** Key of the flag */
        readonly key: string;
        readonly definition: unknown;
        /** Counts the changes up from 1 */
        readonly version: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** Sets a config of an environment. A secret is kept sealed and is never told again, only used. */
  configsPut: {
    params: {
      /** Such as production; values of `default` count where another has none */
      readonly environment: string;
      /** Key of the config */
      readonly key: string;
      /** Any JSON, at most 64 KB */
      readonly value: unknown;
      /** Kept sealed */
      readonly secret?: boolean;
      /** Only if this is still the newest version (0: only if there is none); else `conflict` */
      readonly ifVersion?: number;
    };
    result: {
      /** Key of the config */
      readonly key: string;
      /** Counts the changes up from 1 */
      readonly version: number;
    };
  };
  /** Declares or changes a feature flag. Every node obeys within a second. */
  flagsPut: {
    params: {
      /** Key of the flag */
      readonly key: string;
      /** Off: everybody gets the default variant */
      readonly enabled: boolean;
      /** Values by name, all of one kind */
      readonly variants: Readonly<Record<string, unknown>>;
      /** Name of a variant */
      readonly defaultVariant: string;
      /** Name of a variant */
      readonly variant?: string;
      /** Shares in percent by a sticky hash of the targeting key; the rest gets the default variant */
      readonly rollout?: readonly ({
        /** Name of a variant */
        readonly variant: string;
        readonly percent: number;
      })[];
      /** The first whose conditions all hold decides */
      readonly rules?: readonly ({
        readonly conditions: readonly ({
          /** Of the context */
          readonly attribute: string;
          readonly operator: 'in' | 'not-in' | 'starts-with' | 'ends-with' | 'at-least' | 'at-most';
          readonly values: readonly (unknown)[];
        })[];
        /** Name of a variant */
        readonly variant?: string;
        /** Shares in percent by a sticky hash of the targeting key; the rest gets the default variant */
        readonly rollout?: readonly ({
          /** Name of a variant */
          readonly variant: string;
          readonly percent: number;
        })[];
      })[];
      /** Only if this is still the newest version (0: only if there is none); else `conflict` */
      readonly ifVersion?: number;
    };
    result: {
      /** Key of the flag */
      readonly key: string;
      /** Counts the changes up from 1 */
      readonly version: number;
    };
  };
  /** Removes a config of an environment. Its history stays, without secrets. */
  configsRemove: {
    params: {
      /** Such as production; values of `default` count where another has none */
      readonly environment: string;
      /** Key of the config */
      readonly key: string;
    };
    result: {
      /** Key of the config */
      readonly key: string;
      /** Counts the changes up from 1 */
      readonly version: number;
    };
  };
  /** Removes a flag: callers get their own default. Its history stays. */
  flagsRemove: {
    params: {
      /** Key of the flag */
      readonly key: string;
    };
    result: {
      /** Key of the flag */
      readonly key: string;
      /** Counts the changes up from 1 */
      readonly version: number;
    };
  };
  /** Makes a new data key for the tenant and seals its secrets anew with it. What other keys sealed stays readable, and nothing waits. */
  configsRotateKey: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly keyId: string;
      /** Secrets that were sealed anew */
      readonly resealed: number;
    };
  };
  /** Sends no more alerts. */
  billingDeleteAlertWebhook: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly deleted: boolean;
    };
  };
  /** Removes a budget. */
  billingDeleteBudget: {
    params: {
      /** Yours to choose */
      readonly budgetId: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** Shares of budgets that were reached, each told once, newest first. On the platform itself the event billing.budget-reached says so at once. */
  billingAlerts: {
    params: {
      /** Default 100 */
      readonly limit?: number;
    };
    result: {
      readonly alerts: readonly ({
        /** Scope, whose it is, and the period */
        readonly account: string;
        readonly share: number;
        readonly spentMicroUsd: number;
        /** ISO 8601, UTC */
        readonly at: string;
      })[];
    };
  };
  /** The budgets, each with what was spent of it in the present period where it is one account. */
  billingBudgets: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly budgets: readonly ({
        /** Yours to choose */
        readonly budgetId: string;
        /** What it bounds: all of yours, each agent, each customer (the field `user` of a request), or each conversation */
        readonly scope: 'tenant' | 'agent' | 'customer' | 'conversation';
        /** After which it is whole again, UTC */
        readonly period: 'day' | 'week' | 'month' | 'ever';
        /** Millionths of a US dollar */
        readonly limitMicroUsd: number;
        /** Shares of the limit at which somebody is told */
        readonly alertsAt: readonly (number)[];
        /** For budgets of the whole tenant */
        readonly spentMicroUsd?: number;
      })[];
      readonly safeMode: {
        /** Whose spending asks for it */
        readonly account: string;
        /** ISO 8601, UTC */
        readonly since: string;
      } | null;
    };
  };
  /** Sends the alerts of budgets from now on to an address, signed as Standard Webhooks has it, with repetitions for some three days. The secret is shown only here; setting it again makes a new one. */
  billingPutAlertWebhook: {
    params: {
      /** A public address; each alert is sent there by POST */
      readonly url: string;
    };
    result: {
      /** A public address; each alert is sent there by POST */
      readonly url: string;
      /** `whsec_` and the key of the signature in base64 */
      readonly secret: string;
    };
  };
  /** Sets a budget: calls of models that it does not cover are refused with budget-exhausted. Holds on every node within seconds. */
  billingPutBudget: {
    params: {
      /** Yours to choose */
      readonly budgetId: string;
      /** What it bounds: all of yours, each agent, each customer (the field `user` of a request), or each conversation */
      readonly scope: 'tenant' | 'agent' | 'customer' | 'conversation';
      /** After which it is whole again, UTC */
      readonly period: 'day' | 'week' | 'month' | 'ever';
      /** Millionths of a US dollar */
      readonly limitMicroUsd: number;
      /** Shares of the limit at which somebody is told */
      readonly alertsAt: readonly (number)[];
    };
    result: {
      /** Yours to choose */
      readonly budgetId: string;
      /** What it bounds: all of yours, each agent, each customer (the field `user` of a request), or each conversation */
      readonly scope: 'tenant' | 'agent' | 'customer' | 'conversation';
      /** After which it is whole again, UTC */
      readonly period: 'day' | 'week' | 'month' | 'ever';
      /** Millionths of a US dollar */
      readonly limitMicroUsd: number;
      /** Shares of the limit at which somebody is told */
      readonly alertsAt: readonly (number)[];
    };
  };
  /** Where the alerts of budgets are sent. */
  billingAlertWebhook: {
    params: Readonly<Record<string, never>>;
    result: {
      /** A public address; each alert is sent there by POST */
      readonly url: string | null;
    };
  };
  /** What calls of models have cost, by model, tier and outcome: sums of the ledger, in which each attempt has its line. */
  billingCosts: {
    params: {
      /** First day, UTC; default 30 days ago */
      readonly from?: string;
      /** Last day, UTC; default today */
      readonly to?: string;
    };
    result: {
      readonly from: string;
      readonly to: string;
      readonly costs: readonly ({
        readonly model: string;
        readonly tier: string;
        readonly outcome: string;
        readonly calls: number;
        readonly inputTokens: number;
        readonly outputTokens: number;
        readonly costMicroUsd: number;
        /** What answers that were kept would have cost */
        readonly savedMicroUsd: number;
      })[];
      readonly totalMicroUsd: number;
      readonly savedMicroUsd: number;
    };
  };
  /** What calls of models have cost, by day (UTC), agent, model and tier: sums of the ledger. */
  billingSpending: {
    params: {
      /** First day, UTC; default 30 days ago */
      readonly from?: string;
      /** Last day, UTC; default today */
      readonly to?: string;
    };
    result: {
      readonly from: string;
      readonly to: string;
      readonly spending: readonly ({
        readonly day: string;
        /** Null: of no agent, such as calls of your own programs */
        readonly agent: string | null;
        readonly model: string;
        readonly tier: string;
        readonly calls: number;
        /** In and out */
        readonly tokens: number;
        readonly costMicroUsd: number;
      })[];
    };
  };
  /** Forgets an endpoint and its key. */
  modelsDeleteEndpoint: {
    params: {
      /** Yours to choose */
      readonly name: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** The endpoints that you brought. Keys are not shown. */
  modelsEndpoints: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly endpoints: readonly ({
        /** Yours to choose */
        readonly name: string;
        /** Up to and including the version, as SDKs take it; of Azure, the address of the resource */
        readonly baseUrl: string;
        /** Paths and header of the key; default: openai */
        readonly dialect?: 'openai' | 'azure';
        /** Of Azure; default: a stable one */
        readonly apiVersion?: string;
        /** Where it computes */
        readonly region?: string;
        /** Calls at once; default 200 */
        readonly mostRunning?: number;
        /** What it offers */
        readonly models: readonly ({
          /** As clients ask for it */
          readonly id: string;
          /** What Azure calls it; default: its id */
          readonly deployment?: string;
          /** For `auto`, smallest first */
          readonly tier: 'SLM_A' | 'SLM_B' | 'LLM';
          /** Default: chat */
          readonly capabilities?: readonly ('chat' | 'embeddings')[];
          /** Micro-units of US dollars for a million tokens; default 0 */
          readonly inputPerMillion?: number;
          /** The same for input that the provider had cached */
          readonly cachedInputPerMillion?: number;
          /** The same for output */
          readonly outputPerMillion?: number;
          /** Micro-units of US dollars for a call */
          readonly perCall?: number;
          /** What it costs later: each holds until the next */
          readonly prices?: readonly ({
            /** First day, UTC */
            readonly from: string;
            /** Day from which it is not offered */
            readonly until?: string;
            readonly inputPerMillion: number;
            /** Default: as other input */
            readonly cachedInputPerMillion?: number;
            readonly outputPerMillion: number;
            /** Default 0 */
            readonly perCall?: number;
          })[];
          /** Reserved where a request names no limit; default 1,024 */
          readonly defaultOutputTokens?: number;
          /** Default 32,768 */
          readonly mostOutputTokens?: number;
        })[];
        /** A key is kept for it, sealed */
        readonly hasKey: boolean;
      })[];
    };
  };
  /** Brings an endpoint of models with a key of your own. Calls for its models, and `auto`, go there instead of to the platform’s; every node does so within a second. */
  modelsPutEndpoint: {
    params: {
      /** Yours to choose */
      readonly name: string;
      /** Up to and including the version, as SDKs take it; of Azure, the address of the resource */
      readonly baseUrl: string;
      /** Paths and header of the key; default: openai */
      readonly dialect?: 'openai' | 'azure';
      /** Of Azure; default: a stable one */
      readonly apiVersion?: string;
      /** Where it computes */
      readonly region?: string;
      /** Calls at once; default 200 */
      readonly mostRunning?: number;
      /** What it offers */
      readonly models: readonly ({
        /** As clients ask for it */
        readonly id: string;
        /** What Azure calls it; default: its id */
        readonly deployment?: string;
        /** For `auto`, smallest first */
        readonly tier: 'SLM_A' | 'SLM_B' | 'LLM';
        /** Default: chat */
        readonly capabilities?: readonly ('chat' | 'embeddings')[];
        /** Micro-units of US dollars for a million tokens; default 0 */
        readonly inputPerMillion?: number;
        /** The same for input that the provider had cached */
        readonly cachedInputPerMillion?: number;
        /** The same for output */
        readonly outputPerMillion?: number;
        /** Micro-units of US dollars for a call */
        readonly perCall?: number;
        /** What it costs later: each holds until the next */
        readonly prices?: readonly ({
          /** First day, UTC */
          readonly from: string;
          /** Day from which it is not offered */
          readonly until?: string;
          readonly inputPerMillion: number;
          /** Default: as other input */
          readonly cachedInputPerMillion?: number;
          readonly outputPerMillion: number;
          /** Default 0 */
          readonly perCall?: number;
        })[];
        /** Reserved where a request names no limit; default 1,024 */
        readonly defaultOutputTokens?: number;
        /** Default 32,768 */
        readonly mostOutputTokens?: number;
      })[];
      /** Kept sealed, never shown again. Without one, the key that is kept stays */
      readonly key?: string;
    };
    result: {
      /** Yours to choose */
      readonly name: string;
      /** Up to and including the version, as SDKs take it; of Azure, the address of the resource */
      readonly baseUrl: string;
      /** Paths and header of the key; default: openai */
      readonly dialect?: 'openai' | 'azure';
      /** Of Azure; default: a stable one */
      readonly apiVersion?: string;
      /** Where it computes */
      readonly region?: string;
      /** Calls at once; default 200 */
      readonly mostRunning?: number;
      /** What it offers */
      readonly models: readonly ({
        /** As clients ask for it */
        readonly id: string;
        /** What Azure calls it; default: its id */
        readonly deployment?: string;
        /** For `auto`, smallest first */
        readonly tier: 'SLM_A' | 'SLM_B' | 'LLM';
        /** Default: chat */
        readonly capabilities?: readonly ('chat' | 'embeddings')[];
        /** Micro-units of US dollars for a million tokens; default 0 */
        readonly inputPerMillion?: number;
        /** The same for input that the provider had cached */
        readonly cachedInputPerMillion?: number;
        /** The same for output */
        readonly outputPerMillion?: number;
        /** Micro-units of US dollars for a call */
        readonly perCall?: number;
        /** What it costs later: each holds until the next */
        readonly prices?: readonly ({
          /** First day, UTC */
          readonly from: string;
          /** Day from which it is not offered */
          readonly until?: string;
          readonly inputPerMillion: number;
          /** Default: as other input */
          readonly cachedInputPerMillion?: number;
          readonly outputPerMillion: number;
          /** Default 0 */
          readonly perCall?: number;
        })[];
        /** Reserved where a request names no limit; default 1,024 */
        readonly defaultOutputTokens?: number;
        /** Default 32,768 */
        readonly mostOutputTokens?: number;
      })[];
      /** A key is kept for it, sealed */
      readonly hasKey: boolean;
    };
  };
  /** Connects an account of a platform: from now on its messages become conversations and their answers go back. Secrets are sealed and never shown again. Give the platform the answer's webhookPath. */
  channelsConnect: {
    params: {
      readonly channel: 'facebook' | 'instagram' | 'whatsapp' | 'telegram' | 'zalo' | 'tiktok' | 'email';
      /** Page id, phone number id, bot id, OA id, business id or mailbox, as webhooks name it */
      readonly externalId?: string;
      /** For people */
      readonly name: string;
      /** Which of your agents answers; default: the first */
      readonly agent?: string;
      /** App secret, OA secret key, client secret or secret token; several while one is rotated */
      readonly signingSecrets: readonly (string)[];
      /** Meta: the token of the subscription's handshake */
      readonly verifyToken?: string;
      /** Zalo: the app whose id is part of what is signed */
      readonly appId?: string;
      /** With which answers are sent; for mail the server: smtps://user:password@host:465 */
      readonly accessToken: string;
    };
    result: {
      /** The connected account */
      readonly accountId: string;
      readonly channel: 'facebook' | 'instagram' | 'whatsapp' | 'telegram' | 'zalo' | 'tiktok' | 'email';
      readonly externalId: string | null;
      readonly name: string;
      readonly agent: string | null;
      /** Give this address to the platform */
      readonly webhookPath: string;
      /** What is sent when the platform's window has closed */
      readonly template: {
        /** As the platform approved it; for Zalo its kind, such as `transaction_order` */
        readonly name: string;
        readonly language: string;
        /** Its places in order, for Zalo heading, text and rows. `{answer}` in one is the answer; without it the template invites the customer to write, and the answer waits until they do */
        readonly parameters: readonly (string)[];
        /** Zalo: what the rows are called */
        readonly names?: readonly (string)[];
      } | null;
    };
  };
  /** Disconnects an account: its webhooks are refused, its secrets are gone. Conversations stay. */
  channelsDisconnect: {
    params: {
      /** The connected account */
      readonly accountId: string;
    };
    result: {
      readonly disconnected: boolean;
    };
  };
  /** The connected accounts. */
  channelsList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly channels: readonly ({
        /** The connected account */
        readonly accountId: string;
        readonly channel: 'facebook' | 'instagram' | 'whatsapp' | 'telegram' | 'zalo' | 'tiktok' | 'email';
        readonly externalId: string | null;
        readonly name: string;
        readonly agent: string | null;
        /** Give this address to the platform */
        readonly webhookPath: string;
        /** What is sent when the platform's window has closed */
        readonly template: {
          /** As the platform approved it; for Zalo its kind, such as `transaction_order` */
          readonly name: string;
          readonly language: string;
          /** Its places in order, for Zalo heading, text and rows. `{answer}` in one is the answer; without it the template invites the customer to write, and the answer waits until they do */
          readonly parameters: readonly (string)[];
          /** Zalo: what the rows are called */
          readonly names?: readonly (string)[];
        } | null;
      })[];
    };
  };
  /** What came in and could not be handled, what went out and did not certainly arrive, and files that could not be fetched. */
  channelsUndelivered: {
    params: {
      readonly limit?: number;
    };
    result: {
      readonly undelivered: readonly ({
        readonly kind: 'inbound' | 'outbound' | 'media';
        readonly id: string;
        /** The connected account */
        readonly accountId: string;
        readonly conversationId: string | null;
        /** dead: given up; unknown: it may have been shown; refused: the platform will not take it; parked: it waits for the customer to write */
        readonly state: string;
        readonly code: string | null;
        readonly attempts: number;
        readonly at: string;
      })[];
    };
  };
  /** What an account sends when its platform's window has closed: WhatsApp, Messenger and Zalo, each after its own approval. Without one, answers wait until the customer writes. */
  channelsPutTemplate: {
    params: {
      /** The connected account */
      readonly accountId: string;
      /** What is sent when the platform's window has closed */
      readonly template: {
        /** As the platform approved it; for Zalo its kind, such as `transaction_order` */
        readonly name: string;
        readonly language: string;
        /** Its places in order, for Zalo heading, text and rows. `{answer}` in one is the answer; without it the template invites the customer to write, and the answer waits until they do */
        readonly parameters: readonly (string)[];
        /** Zalo: what the rows are called */
        readonly names?: readonly (string)[];
      } | null;
    };
    result: {
      /** The connected account */
      readonly accountId: string;
      readonly channel: 'facebook' | 'instagram' | 'whatsapp' | 'telegram' | 'zalo' | 'tiktok' | 'email';
      readonly externalId: string | null;
      readonly name: string;
      readonly agent: string | null;
      /** Give this address to the platform */
      readonly webhookPath: string;
      /** What is sent when the platform's window has closed */
      readonly template: {
        /** As the platform approved it; for Zalo its kind, such as `transaction_order` */
        readonly name: string;
        readonly language: string;
        /** Its places in order, for Zalo heading, text and rows. `{answer}` in one is the answer; without it the template invites the customer to write, and the answer waits until they do */
        readonly parameters: readonly (string)[];
        /** Zalo: what the rows are called */
        readonly names?: readonly (string)[];
      } | null;
    };
  };
  /** A person decides about one: send it (again), or accept it as it is. */
  channelsSettle: {
    params: {
      readonly kind: 'inbound' | 'outbound' | 'media';
      /** From the list of what was not delivered */
      readonly id: string;
      readonly decision: 'retry' | 'accept';
    };
    result: {
      readonly settled: boolean;
    };
  };
  /** How each connected account does: when it heard and sent last, when a request with a wrong signature came, and why an answer did not arrive. */
  channelsHealth: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly accounts: readonly ({
        /** The connected account */
        readonly accountId: string;
        /** `silent`: nothing has come yet; `unverified`: what came last was not signed by its secret; `failing`: the last answer did not certainly arrive */
        readonly health: 'silent' | 'working' | 'unverified' | 'failing';
        /** RFC 3339 */
        readonly receivedAt: string | null;
        /** RFC 3339 */
        readonly sentAt: string | null;
        /** RFC 3339 */
        readonly refusedAt: string | null;
        /** RFC 3339 */
        readonly failedAt: string | null;
        /** Why the last answer that failed did */
        readonly failure: string | null;
        /** Messages that came in and wait to be handled */
        readonly waiting: number;
        /** What waits for a person to decide */
        readonly undelivered: number;
      })[];
    };
  };
  /** A code for the customer of a conversation, who gets one by writing `LINK CODE` as well. Whoever writes `LINK <code>` on another channel within ten minutes is the same person; with `LINK <code> with history` what was said goes along. */
  channelsCreateLinkCode: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      /** Tell it to this customer, here and to nobody else */
      readonly code: string;
      /** RFC 3339 */
      readonly expiresAt: string;
    };
  };
  /** On which channels the customer of a conversation is known, with the conversations that may be known here. */
  channelsLinked: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly personId: string | null;
      readonly identities: readonly ({
        readonly accountId: string;
        readonly channel: string;
        readonly customerId: string;
        /** They let what was said go along */
        readonly history: boolean;
        readonly linkedAt: string;
        readonly conversationIds: readonly (string)[];
      })[];
      readonly consents: readonly ({
        /** A code was asked for; the chats are of one person; and what was said may go along; no more */
        readonly what: 'code' | 'link' | 'history' | 'unlink';
        /** By the customer in these words, else by a person of yours */
        readonly byCustomer: boolean;
        readonly words: string | null;
        readonly accountId: string;
        readonly customerId: string;
        /** RFC 3339 */
        readonly at: string;
      })[];
    };
  };
  /** The customer of a conversation is linked with nobody any more. Customers do the same by writing UNLINK. */
  channelsUnlink: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly unlinked: boolean;
    };
  };
  /** What became of each answer that was sent over a channel: the least that holds of all its parts. */
  channelsDeliveries: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly deliveries: readonly ({
        readonly messageId: string;
        readonly state: 'parked' | 'waiting' | 'sending' | 'unknown' | 'refused' | 'dead' | 'sent' | 'delivered' | 'read';
        readonly code: string | null;
        readonly parts: number;
      })[];
    };
  };
  /** The files that the customer of a conversation sent. They are fetched from the platform once the message is here. */
  channelsMedia: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly media: readonly ({
        readonly mediaId: string;
        readonly type: string;
        readonly filename: string | null;
        readonly mimeType: string | null;
        readonly sizeBytes: number | null;
        readonly state: 'waiting' | 'stored' | 'refused' | 'dead';
        /** Why it is not here: too-large, http-404, ... */
        readonly code: string | null;
        /** RFC 3339 */
        readonly receivedAt: string;
      })[];
    };
  };
  /** A part of a file, at most 512 KB: ask again with offset = next until that is null. Believe neither its name nor its type. */
  channelsReadMedia: {
    params: {
      /** From the list of media */
      readonly mediaId: string;
      /** Bytes; default 0 */
      readonly offset?: number;
    };
    result: {
      readonly filename: string | null;
      readonly mimeType: string | null;
      readonly sizeBytes: number;
      readonly base64: string;
      readonly next: number | null;
    };
  };
  /** Breaks off the turn under way; the partial answer is kept. */
  conversationCancel: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** The journal of a conversation, row by row. */
  conversationHistory: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      readonly fromSeq?: number;
      readonly limit?: number;
    };
    result: {
      readonly rows: readonly ({
        readonly seq: number;
        readonly epoch: number;
        readonly at: number;
        readonly commandId: string | null;
        readonly events: unknown;
      })[];
    };
  };
  /** Takes a conversation out of memory; it returns when it is next needed. */
  conversationEvict: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly evicted: boolean;
    };
  };
  /** A new conversation that begins as this one stood after a turn. Nothing that the old one still owes is carried over. */
  conversationFork: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** The last turn to keep; default: all */
      readonly turn?: number;
      readonly newConversationId?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      /** The conversation */
      readonly from: string;
      readonly turn: number;
    };
  };
  /** A conversation with its messages, oldest first. */
  conversationGet: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Only what came after this journal position */
      readonly after?: number;
      readonly limit?: number;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      /** Why the agent asks for a person */
      readonly wantsPerson: string | null;
      /** A turn is under way */
      readonly answering: boolean;
      /** Journal position of the newest row read */
      readonly seq: number;
      /** There are newer messages: ask again with after = seq */
      readonly more: boolean;
      readonly messages: readonly ({
        readonly id: string;
        readonly role: 'user' | 'assistant' | 'person';
        readonly text: string;
        /** RFC 3339 */
        readonly at: string;
        readonly turn: number;
        readonly citations: readonly ({
          readonly documentId: string;
          readonly title: string;
          /** The passage as it stands in the document */
          readonly quote: string;
          /** Where it stands in the document’s text, characters */
          readonly start?: number;
          readonly end?: number;
        })[];
        readonly toolCalls: readonly ({
          readonly name: string;
          readonly status: 'running' | 'done' | 'failed' | 'parked';
        })[];
        /** The answer was broken off here */
        readonly partial?: boolean;
        readonly attachments?: readonly ({
          /** Give it with the message */
          readonly id: string;
          readonly name: string;
          /** Media type, told by the bytes */
          readonly type: string;
          readonly bytes: number;
        })[];
        /** What the customer may answer by pressing it */
        readonly quickReplies?: readonly (string)[];
      })[];
    };
  };
  /** Gives the conversation back to the agent. */
  conversationHandBack: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** State, mailbox and effects under way of a conversation, as its node holds them. */
  conversationInspect: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly nodeId: string;
      readonly seq: number;
      readonly mailbox: number;
      readonly running: readonly (string)[];
      readonly state: unknown;
    };
  };
  /** The customer is typing: an open merge window is prolonged, within its bound. */
  conversationTyping: {
    params: {
      /** The conversation */
      readonly conversationId: string;
    };
    result: {
      readonly seq: number;
    };
  };
  /** Stops the agent; messages are still accepted. */
  conversationPause: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** The state of a conversation as it stood after a row of its journal, or after its last when it has fewer. Nothing runs. */
  conversationReplay: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      readonly seq: number;
    };
    result: {
      readonly seq: number;
      readonly state: unknown;
    };
  };
  /** Lets the agent answer again, beginning with what has come meanwhile. */
  conversationResume: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Says what became of a tool call whose outcome a crash left unknown. */
  conversationSettleTool: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      readonly key: string;
      readonly content: string;
      readonly failed: boolean;
      readonly by?: string;
    };
    result: {
      readonly seq: number;
    };
  };
  /** A person takes the conversation; the agent falls silent at once. Refused while another person has it. */
  conversationTakeOver: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Says whose the conversation is. While a person has it, it goes to the other; else that person is asked to take it over. With `expected`, only if it is still theirs. */
  conversationAssign: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Null: nobody in particular */
      readonly to: string | null;
      /** Whose it was when you looked; else `conflict` */
      readonly expected?: string | null;
      /** Who does it */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Writes a note for colleagues: neither the customer nor the agent hears of it. */
  conversationNote: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** Chosen by the writer; repeating it writes nothing new */
      readonly noteId?: string;
      readonly text: string;
      /** Who does it */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Tells the agent something that the customer does not hear; it counts from its next answer. */
  conversationWhisper: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      readonly text: string;
      /** Who does it */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** The mark that a reviewer or an evaluator gives an answer: it teaches the router that chose its model. The first mark of a turn counts. */
  conversationJudge: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** The turn whose answer is meant */
      readonly turn: number;
      /** 0 useless, 1 as good as can be */
      readonly quality: number;
      /** Who judges */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** What the customer thinks of an answer: it teaches the router that chose its model. The same thumb again changes nothing. */
  conversationRate: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** The turn whose answer is meant */
      readonly turn: number;
      /** A thumb */
      readonly rating: 'up' | 'down';
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Removes a reply that people keep to hand. */
  deskDeleteReply: {
    params: {
      /** Yours to choose */
      readonly replyId: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** Within what time customers who are with people are to have an answer. */
  deskPolicy: {
    params: Readonly<Record<string, never>>;
    result: {
      /** From when the agent asks for a person until one takes over */
      readonly firstReplyMinutes: number;
      /** From a message of the customer until the person who has the conversation answers */
      readonly nextReplyMinutes: number;
    };
  };
  /** The replies that people of the tenant keep to hand, by their shortcuts. */
  deskReplies: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly replies: readonly ({
        /** Yours to choose */
        readonly replyId: string;
        /** What people type after a slash to find it */
        readonly shortcut: string;
        /** May end with lines `[[like this]]`: choices that the customer can press */
        readonly text: string;
        /** Counts the changes up from 1 */
        readonly version: number;
        readonly changedBy: string;
        /** RFC 3339 */
        readonly changedAt: string;
      })[];
    };
  };
  /** Sets within what time customers who are with people are to have an answer. */
  deskPutPolicy: {
    params: {
      /** From when the agent asks for a person until one takes over */
      readonly firstReplyMinutes: number;
      /** From a message of the customer until the person who has the conversation answers */
      readonly nextReplyMinutes: number;
    };
    result: {
      /** From when the agent asks for a person until one takes over */
      readonly firstReplyMinutes: number;
      /** From a message of the customer until the person who has the conversation answers */
      readonly nextReplyMinutes: number;
    };
  };
  /** Adds or changes a reply that people keep to hand. */
  deskPutReply: {
    params: {
      /** Yours to choose */
      readonly replyId: string;
      /** What people type after a slash to find it */
      readonly shortcut: string;
      /** May end with lines `[[like this]]`: choices that the customer can press */
      readonly text: string;
      /** Only if this is still its version (0: only if there is none); else `conflict` */
      readonly ifVersion?: number;
    };
    result: {
      /** Yours to choose */
      readonly replyId: string;
      /** Counts the changes up from 1 */
      readonly version: number;
    };
  };
  /** Removes a document and every passage of it. One under legal hold stays: `conflict`. */
  knowledgeDelete: {
    params: {
      readonly documentId: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** Takes a document into the tenant's knowledge: it is cut into passages and can be found at once. The same title and text again is the same document. */
  knowledgeIngest: {
    params: {
      /** Shown in citations */
      readonly title: string;
      /** Markdown or plain text */
      readonly text?: string;
      /** PDF, DOCX, HTML, CSV, markdown or text, instead of `text` */
      readonly file?: {
        /** With its ending */
        readonly name?: string;
        /** Media type, with the charset if there is one */
        readonly type?: string;
        /** Base64; 20 MB decoded at most */
        readonly content: string;
      };
      /** A long text that came with this request; named at the gateway */
      readonly upload?: string;
      /** What the text was read from */
      readonly format?: 'pdf' | 'docx' | 'html' | 'csv' | 'text';
      /** Characters that the file hides from its readers; counted at the gateway */
      readonly hidden?: number;
      /** Names where it comes from; of a page it is the address. A document of the same source replaces the one before: only what changed is indexed again */
      readonly source?: string;
      /** Yours to keep; not searched */
      readonly metadata?: Readonly<Record<string, string>>;
      /** Only readers of one of these roles find it; none: every role */
      readonly roles?: readonly (string)[];
      /** Who may read it at most: `public` reaches customers, the others only staff. Default `public` */
      readonly sensitivity?: 'public' | 'internal' | 'confidential' | 'restricted';
      /** RFC 3339. From then on nobody finds it; null: never */
      readonly expiresAt?: string | null;
      /** Kept from deletion, also after it has expired. Setting and lifting it needs the scope `operate` */
      readonly legalHold?: boolean;
    };
    result: {
      readonly id: string;
      /** Passages it was cut into */
      readonly chunks: number;
      /** It was there already */
      readonly unchanged: boolean;
      /** ISO 639-1; null: it cannot be told */
      readonly language: string | null;
      /** What in it addresses the assistant or hides from readers, by kind; it is taken out before a model sees it */
      readonly findings: Readonly<Record<string, number>>;
      /** What a keeper should look at */
      readonly quality: readonly (string)[];
      /** It looks more sensitive than it was said to be: kept back until a person confirms */
      readonly review: boolean;
    };
  };
  /** The tenant's documents that the caller may read, newest first. */
  knowledgeList: {
    params: {
      /** `next` of the answer before */
      readonly cursor?: string;
      readonly limit?: number;
      /** Also those that have expired, which no search finds */
      readonly expired?: boolean;
    };
    result: {
      readonly documents: readonly ({
        readonly id: string;
        readonly title: string;
        readonly characters: number;
        readonly chunks: number;
        readonly createdAt: string;
        readonly source: string | null;
        readonly format: string;
        /** From 1; one more each time its source brought another text */
        readonly version: number;
        /** ISO 639-1; null: it cannot be told */
        readonly language: string | null;
        /** What in it addresses the assistant or hides from readers, by kind; it is taken out before a model sees it */
        readonly findings: Readonly<Record<string, number>>;
        /** What a keeper should look at */
        readonly quality: readonly (string)[];
        /** Waits for a person to say how sensitive it is */
        readonly review: boolean;
        readonly roles: readonly (string)[];
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
        readonly expiresAt: string | null;
        readonly legalHold: boolean;
      })[];
      readonly next: string | null;
    };
  };
  /** Finds passages of the tenant's knowledge for a question, among those that the caller may read. */
  knowledgeSearch: {
    params: {
      readonly query: string;
      /** What was asked before, the latest last: "and to Canada?" is searched with what it goes on from */
      readonly earlier?: readonly (string)[];
      /** Default 8 */
      readonly limit?: number;
      /** `customer`: only what a customer would be shown. Default: whatever you may read */
      readonly audience?: 'customer' | 'staff';
      /** Note the question as a gap when nothing found answers it: for agents */
      readonly noteGap?: boolean;
    };
    result: {
      readonly results: readonly ({
        readonly documentId: string;
        readonly title: string;
        /** The passage */
        readonly text: string;
        /** Higher is better; comparable within one answer only */
        readonly score: number;
        /** Where the passage begins in the document, characters */
        readonly start: number;
        readonly end: number;
        /** Of the document, from 1 */
        readonly version: number;
        /** Since when the document says so */
        readonly updatedAt: string;
        /** 1 when its source was just seen to say so, half after 180 days without that */
        readonly freshness: number;
      })[];
      /** How far what can be quoted holds what is asked */
      readonly answerability: number;
      /** Whether that is enough to answer; where it is not, say so */
      readonly answerable: boolean;
      /** The question as it was searched: with what it goes on from */
      readonly searched: string;
      /** What the ranking weighed the words by */
      readonly corpus: {
        /** Passages searched */
        readonly chunks: number;
        /** Passages that hold each term of the query */
        readonly frequencies: Readonly<Record<string, number>>;
      };
    };
  };
  /** Changes who may read a document, or until when. It holds for the next search. What is left out stays. */
  knowledgeSetAccess: {
    params: {
      readonly documentId: string;
      /** Only readers of one of these roles find it; none: every role */
      readonly roles?: readonly (string)[];
      /** Who may read it at most: `public` reaches customers, the others only staff. Default `public` */
      readonly sensitivity?: 'public' | 'internal' | 'confidential' | 'restricted';
      /** RFC 3339. From then on nobody finds it; null: never */
      readonly expiresAt?: string | null;
      /** Kept from deletion, also after it has expired. Setting and lifting it needs the scope `operate` */
      readonly legalHold?: boolean;
    };
    result: {
      readonly roles: readonly (string)[];
      readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
      readonly expiresAt: string | null;
      readonly legalHold: boolean;
    };
  };
  /** A person says how sensitive a document is: it holds for the next search, and the document leaves the queue. */
  knowledgeDecideReview: {
    params: {
      readonly documentId: string;
      readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
    };
    result: {
      readonly documentId: string;
      readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
    };
  };
  /** Questions of customers that the knowledge did not answer, like ones together, most asked first. */
  knowledgeGaps: {
    params: {
      readonly state?: 'open' | 'planned' | 'answered' | 'dismissed';
      /** Default 50 */
      readonly limit?: number;
    };
    result: {
      readonly gaps: readonly ({
        readonly gapId: string;
        /** As it was asked first, without what is personal in it */
        readonly question: string;
        /** Other words for it */
        readonly examples: readonly (string)[];
        /** Times that it was asked */
        readonly count: number;
        readonly state: 'open' | 'planned' | 'answered' | 'dismissed';
        readonly note: string | null;
        /** How far the knowledge held what was asked, last time */
        readonly answerability: number;
        readonly firstAt: string;
        readonly lastAt: string;
      })[];
    };
  };
  /** Documents that look more sensitive than they were said to be. Each is kept at what was proposed until a person decides. */
  knowledgeReviews: {
    params: {
      /** Default 50 */
      readonly limit?: number;
    };
    result: {
      readonly reviews: readonly ({
        readonly documentId: string;
        readonly title: string;
        /** As it is kept now */
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
        /** As it was said to be */
        readonly given: 'public' | 'internal' | 'confidential' | 'restricted';
        readonly proposed: 'public' | 'internal' | 'confidential' | 'restricted';
        /** Kinds of personal data or secrets and how many of them; `says-so`: its own words */
        readonly reasons: readonly ({
          readonly kind: string;
          readonly count: number;
        })[];
        readonly createdAt: string;
      })[];
    };
  };
  /** What a document was before: its replaced versions, newest first. Their texts are not kept. */
  knowledgeVersions: {
    params: {
      readonly documentId: string;
    };
    result: {
      readonly versions: readonly ({
        readonly version: number;
        readonly characters: number;
        readonly replacedAt: string;
      })[];
    };
  };
  /** The rules by which documents get their sensitivity when they are taken in. */
  knowledgeRules: {
    params: Readonly<Record<string, never>>;
    result: {
      /** The first that fits decides; only what no rule says is classified */
      readonly rules: readonly ({
        readonly field: 'title' | 'source' | 'text';
        /** In any case of letters */
        readonly contains: string;
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
      })[];
    };
  };
  /** Says what is done about a gap. One that was said to be answered and is asked again is open again. */
  knowledgeSettleGap: {
    params: {
      readonly gapId: string;
      readonly state: 'open' | 'planned' | 'answered' | 'dismissed';
      readonly note?: string | null;
    };
    result: {
      readonly gapId: string;
      /** As it was asked first, without what is personal in it */
      readonly question: string;
      /** Other words for it */
      readonly examples: readonly (string)[];
      /** Times that it was asked */
      readonly count: number;
      readonly state: 'open' | 'planned' | 'answered' | 'dismissed';
      readonly note: string | null;
      /** How far the knowledge held what was asked, last time */
      readonly answerability: number;
      readonly firstAt: string;
      readonly lastAt: string;
    };
  };
  /** Searches as `knowledge.search` does and tells why each passage was found, and what would be quoted of them. */
  knowledgePlayground: {
    params: {
      readonly query: string;
      /** What was asked before, the latest last: "and to Canada?" is searched with what it goes on from */
      readonly earlier?: readonly (string)[];
      /** Default 8 */
      readonly limit?: number;
      /** `customer`: only what a customer would be shown. Default: whatever you may read */
      readonly audience?: 'customer' | 'staff';
    };
    result: {
      readonly results: readonly ({
        readonly documentId: string;
        readonly title: string;
        /** The passage */
        readonly text: string;
        /** Where the passage begins in the document, characters */
        readonly start: number;
        readonly end: number;
        /** Higher is better; comparable within one answer only */
        readonly score: number;
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
        /** What the words say; null when the passage has none of them */
        readonly lexical: {
          /** From 1, by the words alone */
          readonly rank: number;
          readonly terms: readonly ({
            /** As it is indexed: folded and stemmed */
            readonly term: string;
            /** Inverse document frequency */
            readonly rarity: number;
            /** Times in the title and headings */
            readonly inTitle: number;
            /** Times in the passage */
            readonly inBody: number;
          })[];
        } | null;
        /** What the vectors say; null when it is not among the nearest */
        readonly vector: {
          /** From 1, by the vectors alone */
          readonly rank: number;
          /** Cosine */
          readonly similarity: number;
        } | null;
      })[];
      readonly answer: {
        /** Sentences of the passages, quoted; empty when nothing speaks of it */
        readonly text: string;
        readonly citations: readonly ({
          readonly documentId: string;
          readonly title: string;
          readonly quote: string;
          /** Where it stands in the document, characters */
          readonly start?: number;
          readonly end?: number;
        })[];
        /** How far what can be quoted holds what is asked */
        readonly answerability: number;
        /** Whether that is enough to answer; where it is not, say so */
        readonly answerable: boolean;
      };
      /** What makes the vectors; null: there are none */
      readonly embedder: string | null;
      /** How the vectors were searched */
      readonly scan: 'none' | 'exact' | 'hnsw';
      readonly corpus: {
        /** Passages searched */
        readonly chunks: number;
      };
      /** In the search itself, milliseconds */
      readonly tookMs: number;
    };
  };
  /** Replaces the rules. They hold for what is taken in from now on. */
  knowledgeSetRules: {
    params: {
      /** The first that fits decides; only what no rule says is classified */
      readonly rules: readonly ({
        readonly field: 'title' | 'source' | 'text';
        /** In any case of letters */
        readonly contains: string;
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
      })[];
    };
    result: {
      /** The first that fits decides; only what no rule says is classified */
      readonly rules: readonly ({
        readonly field: 'title' | 'source' | 'text';
        /** In any case of letters */
        readonly contains: string;
        readonly sensitivity: 'public' | 'internal' | 'confidential' | 'restricted';
      })[];
    };
  };
  /** Lets go what still waits. What was taken in stays. */
  ingestionCancel: {
    params: {
      readonly ingestionId: string;
    };
    result: {
      readonly cancelled: boolean;
    };
  };
  /** Ingestions, newest first, with how far each is. */
  ingestionList: {
    params: {
      /** `next` of the answer before */
      readonly cursor?: string;
      /** Default 20 */
      readonly limit?: number;
    };
    result: {
      readonly ingestions: readonly ({
        readonly ingestionId: string;
        readonly kind: 'text' | 'file' | 'urls' | 'sitemap';
        /** The title, file or address that it was begun with */
        readonly label: string;
        readonly state: 'working' | 'done' | 'failed' | 'cancelled';
        readonly counts: {
          readonly waiting: number;
          readonly running: number;
          readonly done: number;
          /** Were there already in these words */
          readonly unchanged: number;
          /** Pages that are no longer there: their documents were removed */
          readonly gone: number;
          /** Given up; `replay` tries them again */
          readonly failed: number;
        };
        readonly createdAt: string;
        readonly finishedAt: string | null;
      })[];
      readonly next: string | null;
    };
  };
  /** How far an ingestion is, document by document (the first 500). */
  ingestionRead: {
    params: {
      readonly ingestionId: string;
    };
    result: {
      readonly ingestionId: string;
      readonly kind: 'text' | 'file' | 'urls' | 'sitemap';
      /** The title, file or address that it was begun with */
      readonly label: string;
      readonly state: 'working' | 'done' | 'failed' | 'cancelled';
      readonly counts: {
        readonly waiting: number;
        readonly running: number;
        readonly done: number;
        /** Were there already in these words */
        readonly unchanged: number;
        /** Pages that are no longer there: their documents were removed */
        readonly gone: number;
        /** Given up; `replay` tries them again */
        readonly failed: number;
      };
      readonly createdAt: string;
      readonly finishedAt: string | null;
      readonly items: readonly ({
        readonly ordinal: number;
        /** Of the file, or the beginning of the address */
        readonly name: string;
        /** What is done next */
        readonly step: 'sitemap' | 'fetch' | 'index' | 'remove' | 'finished';
        readonly state: 'waiting' | 'running' | 'done' | 'unchanged' | 'gone' | 'dead' | 'cancelled';
        readonly attempts: number;
        readonly documentId: string | null;
        readonly chunks: number;
        /** Of the error, last time */
        readonly code: string | null;
        /** What was wrong, and what helps */
        readonly detail: string | null;
        /** ISO 639-1; null: it cannot be told */
        readonly language: string | null;
        /** What in it addresses the assistant or hides from readers, by kind; it is taken out before a model sees it */
        readonly findings: Readonly<Record<string, number>>;
        /** What a keeper should look at */
        readonly quality: readonly (string)[];
      })[];
    };
  };
  /** Tries once more what was given up. */
  ingestionReplay: {
    params: {
      readonly ingestionId: string;
    };
    result: {
      readonly replayed: number;
    };
  };
  /** Accepts documents: a `text`, a `file`, `urls`, or a `sitemap`. They are taken in afterwards, each tried several times; `GET` tells how far they are. Pages are fetched as robots.txt allows, from public addresses only. Also takes `multipart/form-data` with a `file` part, or the file itself as the body with `?title=`. */
  ingestionStart: {
    params: {
      /** Shown in citations */
      readonly title?: string;
      /** Markdown or plain text */
      readonly text?: string;
      /** PDF, DOCX, HTML, CSV, markdown or text, instead of `text` */
      readonly file?: {
        /** With its ending */
        readonly name?: string;
        /** Media type, with the charset if there is one */
        readonly type?: string;
        /** Base64; 20 MB decoded at most */
        readonly content: string;
      };
      /** Files that came with this request; named at the gateway */
      readonly uploads?: readonly (string)[];
      /** Pages and files to fetch; all together 200,000 characters. The document of one that answers 404 or 410 is removed */
      readonly urls?: readonly (string)[];
      /** sitemap.xml of a site: up to 2,000 of its pages are fetched; documents of pages that it no longer lists are removed */
      readonly sitemap?: string;
      /** Names where it comes from; of a page it is the address. A document of the same source replaces the one before: only what changed is indexed again */
      readonly source?: string;
      /** Yours to keep; not searched */
      readonly metadata?: Readonly<Record<string, string>>;
      /** Only readers of one of these roles find it; none: every role */
      readonly roles?: readonly (string)[];
      /** Who may read it at most: `public` reaches customers, the others only staff. Default `public` */
      readonly sensitivity?: 'public' | 'internal' | 'confidential' | 'restricted';
      /** RFC 3339. From then on nobody finds it; null: never */
      readonly expiresAt?: string | null;
      /** Kept from deletion, also after it has expired. Setting and lifting it needs the scope `operate` */
      readonly legalHold?: boolean;
    };
    result: {
      readonly ingestionId: string;
      /** Documents to be, as far as they are known */
      readonly items: number;
    };
  };
  /** Begins a sign-in by the tenant's issuer: send the person to `url`, keep `flow` where only you can read it. */
  oidcBegin: {
    params: {
      readonly tenantId: string;
      /** A page of this platform */
      readonly redirectUri: string;
    };
    result: {
      readonly url: string;
      readonly flow: string;
    };
  };
  /** Makes the tenant, its owner and its first API key, which is shown only here. A link is good once. */
  identityConfirmSignUp: {
    params: {
      readonly token: string;
    };
    result: {
      readonly tenantId: string;
      readonly userId: string;
      readonly apiKey: string;
    };
  };
  /** Ends a sign-in by the issuer with the whole address that it sent the person back to. */
  oidcFinish: {
    params: {
      readonly flow: string;
      readonly returnedTo: string;
    };
    result: {
      readonly tenantId: string;
      readonly userId: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
      /** Send it as "Authorization: Bearer <token>" */
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      /** Good for one refresh */
      readonly refreshToken: string;
    };
  };
  /** Sends a link that sets a new password, if that address belongs to somebody; the answer does not tell. */
  identityForgotPassword: {
    params: {
      readonly email: string;
      readonly tenantId?: string;
    };
    result: {
      readonly status: 'mail-sent';
    };
  };
  /** Gives a new access token and a new refresh token. One that is used a second time ends the sign-in that it comes from. */
  identityRefresh: {
    params: {
      readonly refreshToken: string;
    };
    result: {
      readonly tenantId: string;
      readonly userId: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
      /** Send it as "Authorization: Bearer <token>" */
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      /** Good for one refresh */
      readonly refreshToken: string;
    };
  };
  /** Sets a password by the link of an invitation or of a forgotten one. Every sign-in of that person ends. */
  identitySetPassword: {
    params: {
      readonly token: string;
      /** 10 to 200 characters */
      readonly password: string;
    };
    result: {
      readonly tenantId: string;
      readonly userId: string;
    };
  };
  /** Signs a person in by password. Ten tries in fifteen minutes for an address, wherever they come from. */
  identitySignIn: {
    params: {
      readonly email: string;
      readonly password: string;
      /** When you belong to several tenants; default: the newest */
      readonly tenantId?: string;
    };
    result: {
      readonly tenantId: string;
      readonly userId: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
      /** Send it as "Authorization: Bearer <token>" */
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      /** Good for one refresh */
      readonly refreshToken: string;
    };
  };
  /** Ends the sign-in that a refresh token comes from; its access tokens are refused within a second. */
  identitySignOut: {
    params: {
      readonly refreshToken: string;
    };
    result: {
      readonly signedOut: boolean;
    };
  };
  /** Asks for a tenant. A mail with a link confirms the address; the answer is the same whether the address is known or not. */
  identitySignUp: {
    params: {
      /** Of your business */
      readonly name: string;
      readonly email: string;
      /** 10 to 200 characters */
      readonly password: string;
    };
    result: {
      readonly status: 'mail-sent';
    };
  };
  /** Whose credentials these are and what they may do. */
  identityWhoAmI: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly tenantId: string;
      readonly name: string;
      readonly plan: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer' | null;
      /** Of a person; null for a key */
      readonly email: string | null;
      readonly scopes: readonly (string)[];
    };
  };
  /** Changes what a person may do; it counts within a second. The last owner stays one. */
  membersChangeRole: {
    params: {
      readonly userId: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
    };
    result: {
      readonly changed: boolean;
    };
  };
  /** Invites a person by mail. Inviting again sends a new link. */
  membersInvite: {
    params: {
      readonly email: string;
      readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
    };
    result: {
      readonly userId: string;
    };
  };
  /** The tenant's API keys by their beginnings; a key itself is never shown again. */
  keysList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly keys: readonly ({
        readonly keyId: string;
        readonly name: string;
        readonly prefix: string | null;
        readonly scopes: readonly (string)[];
        readonly createdAt: string;
        readonly expiresAt: string | null;
        readonly lastUsedAt: string | null;
        readonly revokedAt: string | null;
      })[];
    };
  };
  /** The people of the tenant. */
  membersList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly members: readonly ({
        readonly userId: string;
        readonly email: string;
        readonly role: 'owner' | 'admin' | 'agent' | 'viewer';
        readonly state: 'invited' | 'active' | 'removed';
        readonly createdAt: string;
        readonly signedInAt: string | null;
      })[];
    };
  };
  /** Makes an API key, which is shown only here. Nobody gives a key more than he may do himself. */
  keysCreate: {
    params: {
      readonly name: string;
      readonly scopes: readonly ('chat' | 'knowledge' | 'operate' | 'models' | 'members' | 'keys' | 'view')[];
      readonly expiresInDays?: number;
    };
    result: {
      readonly keyId: string;
      readonly apiKey: string;
    };
  };
  /** Makes the secret by which your own server signs your customers' tokens (JWT, HS256). Shown only here; older ones end. */
  keysCreateWidgetKey: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly keyId: string;
      readonly secret: string;
    };
  };
  /** Makes a token for a customer, who can only chat with it and sees only his own conversations. */
  keysCreateWidgetToken: {
    params: {
      /** Your own id of the customer */
      readonly customerId: string;
      /** Default 3600 */
      readonly expiresInSeconds?: number;
    };
    result: {
      readonly token: string;
    };
  };
  /** The issuer by which the tenant's people may sign in, without its secret. */
  oidcConfigured: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly issuer: {
        readonly issuer: string;
        readonly clientId: string;
        readonly defaultRole: 'admin' | 'agent' | 'viewer';
      } | null;
    };
  };
  /** Takes a person out of the tenant and ends every sign-in of theirs. The last owner stays. */
  membersRemove: {
    params: {
      readonly userId: string;
    };
    result: {
      readonly removed: boolean;
    };
  };
  /** Nobody signs in by the issuer any more. Sign-ins that there are go on until they end. */
  oidcRemove: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly removed: boolean;
    };
  };
  /** Ends an API key; every node refuses it within a second. */
  keysRevoke: {
    params: {
      readonly keyId: string;
    };
    result: {
      readonly revoked: boolean;
    };
  };
  /** Makes a new key in place of one, which goes on being good for a while so that nothing fails meanwhile. */
  keysRotate: {
    params: {
      readonly keyId: string;
      /** Default 3600 */
      readonly overlapSeconds?: number;
    };
    result: {
      readonly keyId: string;
      readonly apiKey: string;
    };
  };
  /** Lets the tenant's people sign in by an OpenID Connect issuer. Who comes the first time gets the default role. */
  oidcConfigure: {
    params: {
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly defaultRole: 'admin' | 'agent' | 'viewer';
    };
    result: {
      readonly configured: boolean;
    };
  };
  /** Deletes what agents remember of a customer, and the consent with it. */
  memoryForget: {
    params: {
      /** The customer, as in the customer's tokens */
      readonly customerId: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** What agents remember of a customer. With a token of the customer: of himself alone. */
  memoryGet: {
    params: {
      /** The customer, as in the customer's tokens */
      readonly customerId: string;
    };
    result: {
      /** Without it nothing is remembered */
      readonly consent: boolean;
      /** Days after the last change */
      readonly keepDays: number | null;
      /** RFC 3339 */
      readonly expiresAt: string | null;
      /** What matters of earlier conversations */
      readonly summary: string;
      readonly facts: readonly ({
        readonly id: string;
        /** One thing to remember */
        readonly text: string;
        /** RFC 3339 */
        readonly at: string;
      })[];
    };
  };
  /** The customer agrees that agents remember, for so many days after the last change; or takes it back, and everything is deleted. */
  memoryConsent: {
    params: {
      /** The customer, as in the customer's tokens */
      readonly customerId: string;
      readonly consent: boolean;
      /** Default 180 */
      readonly keepDays?: number;
    };
    result: {
      /** Without it nothing is remembered */
      readonly consent: boolean;
      /** Days after the last change */
      readonly keepDays: number | null;
      /** RFC 3339 */
      readonly expiresAt: string | null;
      /** What matters of earlier conversations */
      readonly summary: string;
      readonly facts: readonly ({
        readonly id: string;
        /** One thing to remember */
        readonly text: string;
        /** RFC 3339 */
        readonly at: string;
      })[];
    };
  };
  /** The tenant's conversations, the one with the newest message first. Follows the conversations within moments. */
  chatList: {
    params: {
      readonly status?: 'open' | 'with-person' | 'paused';
      /** Only those in which the agent asks for a person and none has come */
      readonly waiting?: boolean;
      /** Only those of that person; empty: only those of nobody */
      readonly assignee?: string;
      /** Only those in which every word of it was said; the beginning of a word will do */
      readonly query?: string;
      /** `next` of the answer before */
      readonly cursor?: string;
      /** Default 50 */
      readonly limit?: number;
    };
    result: {
      readonly conversations: readonly ({
        readonly id: string;
        readonly status: 'open' | 'with-person' | 'paused';
        /** The agent asks for a person */
        readonly wantsPerson: boolean;
        /** RFC 3339: since when it asks for a person */
        readonly waitingSince: string | null;
        /** Whose it is: who has taken it over or was asked to */
        readonly assignee: string | null;
        /** RFC 3339: since when the customer has had no answer */
        readonly unansweredSince: string | null;
        readonly turns: number;
        /** RFC 3339 */
        readonly lastMessageAt: string;
        /** Characters; the text itself is in the conversation only */
        readonly lastMessageLength: number;
      })[];
      /** Null on the last page */
      readonly next: string | null;
    };
  };
  /** Events that a consumer could not process, newest first. What was said in them stands in the journal only. */
  eventsDeadLetters: {
    params: {
      readonly consumer?: 'metering' | 'conversations' | 'conversation-terms' | 'workflow-runs' | 'router';
      /** `next` of the answer before */
      readonly cursor?: string;
      /** Default 50 */
      readonly limit?: number;
    };
    result: {
      readonly deadLetters: readonly ({
        readonly id: string;
        readonly consumer: string;
        /** `tenant/actor/row.index` */
        readonly eventId: string;
        /** Type of the event; empty when it cannot be read */
        readonly type: string;
        /** Why it failed last */
        readonly code: string;
        readonly attempts: number;
        /** RFC 3339 */
        readonly at: string;
      })[];
      readonly next: string | null;
    };
  };
  /** What completed turns have cost, by day (UTC) and model. Follows the conversations within moments. */
  meteringUsage: {
    params: {
      /** First day; default: 30 days before `to` */
      readonly from?: string;
      /** Last day; default: today */
      readonly to?: string;
    };
    result: {
      /** First day */
      readonly from: string;
      /** Last day */
      readonly to: string;
      readonly usage: readonly ({
        /** UTC */
        readonly day: string;
        readonly model: string;
        readonly turns: number;
        readonly inputTokens: number;
        readonly outputTokens: number;
        /** Millionths of a US dollar */
        readonly costMicroUsd: number;
      })[];
      readonly total: {
        readonly turns: number;
        readonly inputTokens: number;
        readonly outputTokens: number;
        /** Millionths of a US dollar */
        readonly costMicroUsd: number;
      };
    };
  };
  /** Makes what a consumer keeps of the tenant anew from the journal. Meanwhile the old rows answer; events are held back for a moment at the end. */
  eventsRebuild: {
    params: {
      readonly consumer: 'metering' | 'conversations' | 'conversation-terms' | 'workflow-runs' | 'router';
    };
    result: {
      /** Rows of the journal that were read */
      readonly rows: number;
    };
  };
  /** Gives an event to its consumer again, once: it leaves the dead letters when it has been processed. */
  eventsReplay: {
    params: {
      readonly id: string;
    };
    result: {
      readonly replayed: boolean;
      /** Why it failed again */
      readonly code: string | null;
    };
  };
  /** Answers what a run asks of a person: `approved` or `rejected` for an approval; `retry`, `skip` or `accept` for a step that could not be undone. The run goes on with it. */
  orchestratorApprove: {
    params: {
      /** The run */
      readonly runId: string;
      /** Which question; may be left out when the run asks only one */
      readonly taskId?: string;
      readonly decision: 'approved' | 'rejected' | 'retry' | 'skip' | 'accept';
      readonly comment?: string;
      /** Who decides; default: who calls */
      readonly by?: string;
    };
    result: {
      readonly taskId: string;
      readonly state: 'decided';
      readonly decision: string;
    };
  };
  /** A version of a workflow with its text and diagram; the newest unless one is named. */
  orchestratorWorkflow: {
    params: {
      /** `document.name` */
      readonly name: string;
      /** `document.version` */
      readonly version?: string;
    };
    result: {
      /** `document.name` */
      readonly name: string;
      /** `document.version` */
      readonly version: string;
      readonly digest: string;
      readonly source: string;
      readonly definition: unknown;
      readonly graph: {
        readonly nodes: readonly ({
          /** The task's JSON pointer; `start` and `end` for the ends */
          readonly id: string;
          readonly name: string;
          readonly kind: string;
          /** What it does, in a few words */
          readonly label: string;
          /** The box that it stands in */
          readonly group: string | null;
          readonly compensates: boolean;
          /** A person is asked */
          readonly approval: boolean;
        })[];
        readonly edges: readonly ({
          readonly from: string;
          /** A node, or a box: then its end */
          readonly to: string;
          readonly label: string | null;
          readonly kind: 'flow' | 'inside' | 'undo';
        })[];
        readonly groups: readonly ({
          /** JSON pointer of a list inside a task */
          readonly id: string;
          /** do, for each, try, catch, at once, first wins, for each event, undo */
          readonly title: string;
          /** The task that it belongs to */
          readonly parent: string;
          readonly parallel: boolean;
        })[];
      };
      /** Mermaid */
      readonly diagram: string;
      /** Newest first */
      readonly versions: readonly (string)[];
      /** RFC 3339 */
      readonly createdAt: string;
    };
  };
  /** Runs, the newest first. Follows the runs within moments. */
  orchestratorRuns: {
    params: {
      /** `document.name` */
      readonly workflow?: string;
      /** Where the run stands */
      readonly phase?: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** `next` of the answer before */
      readonly cursor?: string;
      /** Default 50 */
      readonly limit?: number;
    };
    result: {
      readonly runs: readonly ({
        /** The run */
        readonly id: string;
        readonly workflow: string;
        readonly version: string;
        /** Where the run stands */
        readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
        readonly steps: number;
        readonly error: string | null;
        /** RFC 3339 */
        readonly startedAt: string;
        /** RFC 3339 */
        readonly endedAt: string | null;
      })[];
      /** Null on the last page */
      readonly next: string | null;
    };
  };
  /** What people are asked: approvals, and steps that could not be undone. */
  orchestratorTasks: {
    params: {
      /** Default open */
      readonly state?: 'open' | 'decided' | 'withdrawn';
      readonly assignee?: string;
      /** The run */
      readonly runId?: string;
      /** Default 100 */
      readonly limit?: number;
    };
    result: {
      readonly tasks: readonly ({
        readonly id: string;
        /** The run */
        readonly runId: string;
        readonly kind: 'approval' | 'compensation';
        readonly workflow: string;
        /** JSON pointer into the definition */
        readonly task: string;
        readonly title: string;
        readonly details: unknown;
        readonly assignee: string;
        readonly escalated: boolean;
        /** RFC 3339 */
        readonly deadlineAt: string | null;
        readonly state: 'open' | 'decided' | 'withdrawn';
        readonly decision: string | null;
        readonly comment: string | null;
        readonly decidedBy: string | null;
        /** RFC 3339 */
        readonly createdAt: string;
      })[];
    };
  };
  /** The tenant's workflows, each with its newest version. */
  orchestratorList: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly workflows: readonly ({
        /** `document.name` */
        readonly name: string;
        /** `document.version` */
        readonly version: string;
        readonly title: string;
        /** SHA-256 of the text */
        readonly digest: string;
        /** RFC 3339 */
        readonly createdAt: string;
        readonly createdBy: string;
        /** `schedule` of the document */
        readonly schedule: unknown;
      })[];
    };
  };
  /** Takes a CloudEvent for the runs that listen and the schedules that wait for it. Source and id are its name: the same one again is taken once. */
  orchestratorPublish: {
    params: {
      readonly id: string;
      readonly source: string;
      readonly type: string;
      readonly subject?: string;
      readonly time?: string;
      readonly data?: unknown;
      /** Extension attributes */
      readonly attributes?: Readonly<Record<string, string>>;
    };
    result: {
      /** False: it had been taken before */
      readonly accepted: boolean;
      readonly listeners: number;
    };
  };
  /** Adds a version of a workflow. What is wrong with it is said with line numbers and nothing is kept. A version never changes: the same text again is the same version, another text under it is refused. New runs take the newest. */
  orchestratorPut: {
    params: {
      /** A document of Serverless Workflow DSL 1.0, YAML or JSON */
      readonly source: string;
    };
    result: {
      /** `document.name` */
      readonly name: string;
      /** `document.version` */
      readonly version: string;
      readonly digest: string;
      readonly created: boolean;
    };
  };
  /** Starts a run of a workflow. With a run id of your own, the same request again starts nothing new. */
  orchestratorStart: {
    params: {
      /** `document.name` */
      readonly name: string;
      /** `document.version` */
      readonly version?: string;
      /** Any JSON; default {} */
      readonly input?: unknown;
      /** The run */
      readonly runId?: string;
      /** Milliseconds to wait for the end before answering */
      readonly wait?: number;
    };
    result: {
      /** The run */
      readonly id: string;
      /** `document.name` */
      readonly workflow: string;
      /** `document.version` */
      readonly version: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** Null until completed */
      readonly output: unknown;
      readonly error: unknown;
      readonly duplicate: boolean;
    };
  };
  /** The web origins from which the tenant's pages may call. */
  originsGet: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly origins: readonly (string)[];
    };
  };
  /** Replaces the list of web origins from which the tenant's pages may call. Nodes obey within a second. */
  originsPut: {
    params: {
      readonly origins: readonly (string)[];
    };
    result: {
      readonly origins: readonly (string)[];
    };
  };
  /** Sends a customer's message and answers when the agent has. With `Accept: text/event-stream` the answer comes as events: accepted, delta, tool, message, error. */
  chatMessage: {
    params: {
      /** What the customer says */
      readonly message: string;
      /** To go on with a conversation; without it a new one begins */
      readonly conversationId?: string;
      /** Which of your agents answers; default: the first */
      readonly agent?: string;
      /** Files that were given by `POST /chat/attachments` */
      readonly attachments?: readonly (string)[];
    };
    result: {
      readonly conversationId: string;
      readonly turn: number;
      readonly status: 'answered' | 'accepted' | 'with-person';
      readonly message: {
        readonly id: string;
        readonly role: 'assistant' | 'person';
        readonly text: string;
        readonly citations: readonly ({
          readonly documentId: string;
          readonly title: string;
          /** The passage as it stands in the document */
          readonly quote: string;
          /** Where it stands in the document’s text, characters */
          readonly start?: number;
          readonly end?: number;
        })[];
        readonly toolCalls: readonly ({
          readonly name: string;
          readonly status: 'running' | 'done' | 'failed' | 'parked';
        })[];
        /** What the customer may answer by pressing it */
        readonly quickReplies?: readonly (string)[];
        readonly attachments?: readonly ({
          /** Give it with the message */
          readonly id: string;
          readonly name: string;
          /** Media type, told by the bytes */
          readonly type: string;
          readonly bytes: number;
        })[];
      } | null;
      readonly usage: {
        readonly tier: string;
        readonly model: string;
        readonly inputTokens: number;
        readonly outputTokens: number;
        /** Millionths of a US dollar */
        readonly costMicroUsd: number;
      } | null;
    };
  };
  /** Says something to the customer unasked: the parcel has left, the appointment is tomorrow. It goes out over the channel of the conversation; where its window has closed, by the template of the account, or once the customer writes. Workflows call it by its name. */
  conversationNotify: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      /** The same is said once */
      readonly messageId?: string;
      /** Of workflows, in place of messageId */
      readonly idempotencyKey?: string;
      /** May be empty when there are files */
      readonly text: string;
      /** Files that were given by `POST /chat/attachments` */
      readonly attachments?: readonly (string)[];
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Sends a message of the person who has taken the conversation over. */
  conversationReply: {
    params: {
      /** The conversation */
      readonly conversationId: string;
      readonly messageId?: string;
      /** May be empty when there are files */
      readonly text: string;
      /** Files that were given by `POST /chat/attachments` */
      readonly attachments?: readonly (string)[];
      /** Who does it: counts for systems with a key; of people who signed in their own name does */
      readonly by?: string;
    };
    result: {
      /** The conversation */
      readonly id: string;
      readonly status: 'open' | 'with-person' | 'paused';
      readonly seq: number;
    };
  };
  /** Ends a run: what is under way is cut off, finished steps are undone in reverse. */
  workflowCancel: {
    params: {
      /** The run */
      readonly runId: string;
      readonly reason?: string;
    };
    result: {
      /** The run */
      readonly id: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** Journal position */
      readonly seq: number;
    };
  };
  /** Begins a new run as this one was right before a step, with the same version. What was finished before is not done again, and is not undone by the new run. */
  workflowFork: {
    params: {
      /** The run */
      readonly runId: string;
      /** `id` of the step to begin again from */
      readonly step: string;
      /** Chosen by the caller; repeating it changes nothing */
      readonly newRunId?: string;
    };
    result: {
      /** The run */
      readonly id: string;
      /** The run */
      readonly from: string;
      readonly step: string;
    };
  };
  /** A run with each of its steps: what went in and came out, retries, compensation, time. With `after` and `wait` it answers once the run has gone on. */
  workflowGet: {
    params: {
      /** The run */
      readonly runId: string;
      /** `seq` of the answer before */
      readonly after?: number;
      /** Milliseconds to wait for more than `after` */
      readonly wait?: number;
    };
    result: {
      /** The run */
      readonly id: string;
      readonly workflow: string;
      readonly version: string;
      readonly digest: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** RFC 3339 */
      readonly startedAt: string;
      /** RFC 3339 */
      readonly endedAt: string | null;
      readonly input: unknown;
      readonly context: unknown;
      readonly output: unknown;
      /** RFC 7807 problem with the standard types of the DSL */
      readonly error: unknown;
      readonly seq: number;
      /** Counted against the limit of steps */
      readonly stepsTaken: number;
      /** As the run is pinned to it */
      readonly definition: unknown;
      readonly graph: {
        readonly nodes: readonly ({
          /** The task's JSON pointer; `start` and `end` for the ends */
          readonly id: string;
          readonly name: string;
          readonly kind: string;
          /** What it does, in a few words */
          readonly label: string;
          /** The box that it stands in */
          readonly group: string | null;
          readonly compensates: boolean;
          /** A person is asked */
          readonly approval: boolean;
        })[];
        readonly edges: readonly ({
          readonly from: string;
          /** A node, or a box: then its end */
          readonly to: string;
          readonly label: string | null;
          readonly kind: 'flow' | 'inside' | 'undo';
        })[];
        readonly groups: readonly ({
          /** JSON pointer of a list inside a task */
          readonly id: string;
          /** do, for each, try, catch, at once, first wins, for each event, undo */
          readonly title: string;
          /** The task that it belongs to */
          readonly parent: string;
          readonly parallel: boolean;
        })[];
      };
      readonly waitingFor: readonly ({
        readonly key: string;
        readonly step: string;
        /** call, wait, listen, retry, timeout, decision, ... */
        readonly kind: string;
        /** RFC 3339 */
        readonly until: string | null;
        readonly eventTypes: readonly (string)[] | null;
      })[];
      /** In the order in which they began; the newest 5,000 */
      readonly steps: readonly ({
        /** Unique in the run: a task of a loop has one for each round */
        readonly id: string;
        readonly parent: string | null;
        readonly name: string;
        /** JSON pointer into the definition */
        readonly task: string;
        /** call, do, emit, for, fork, listen, raise, run, set, switch, try, wait */
        readonly kind: string;
        readonly state: 'running' | 'waiting' | 'completed' | 'skipped' | 'faulted' | 'cancelled';
        /** RFC 3339 */
        readonly startedAt: string;
        /** RFC 3339 */
        readonly endedAt: string | null;
        readonly input: unknown;
        /** Null until completed */
        readonly output: unknown;
        /** RFC 7807 problem with the standard types of the DSL */
        readonly error: unknown;
        /** Times that it was tried again */
        readonly retries: number;
        /** RFC 3339 */
        readonly retryAt: string | null;
        readonly compensation: 'available' | 'undoing' | 'undone' | 'skipped' | 'accepted' | 'parked' | null;
      })[];
      readonly forkedFrom: string | null;
    };
  };
  /** Lets a suspended run go on. */
  workflowResume: {
    params: {
      /** The run */
      readonly runId: string;
      readonly reason?: string;
    };
    result: {
      /** The run */
      readonly id: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** Journal position */
      readonly seq: number;
    };
  };
  /** The run's lifecycle CloudEvents (io.serverlessworkflow.*), with the same ids each time they are asked for. */
  workflowEvents: {
    params: {
      /** The run */
      readonly runId: string;
      /** Only those of rows after this journal position */
      readonly after?: number;
    };
    result: {
      readonly events: readonly (unknown)[];
      readonly seq: number;
      readonly more: boolean;
    };
  };
  /** Sends a signal: an event for this run alone, kept until a task listens for its name. The same id again changes nothing. */
  workflowSignal: {
    params: {
      /** The run */
      readonly runId: string;
      /** Type of the event */
      readonly name: string;
      /** Any JSON */
      readonly data?: unknown;
      /** Chosen by the sender */
      readonly id?: string;
    };
    result: {
      /** The run */
      readonly id: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** Journal position */
      readonly seq: number;
    };
  };
  /** Holds a run: what is under way ends, nothing new begins. */
  workflowSuspend: {
    params: {
      /** The run */
      readonly runId: string;
      readonly reason?: string;
    };
    result: {
      /** The run */
      readonly id: string;
      /** Where the run stands */
      readonly phase: 'new' | 'running' | 'waiting' | 'suspended' | 'compensating' | 'cancelled' | 'faulted' | 'completed';
      /** Journal position */
      readonly seq: number;
    };
  };
  /** Takes back the request to erase the tenant. */
  privacyKeep: {
    params: Readonly<Record<string, never>>;
    result: Readonly<Record<string, never>>;
  };
  /** Everything that is kept of the tenant, row by row and table by table, a page at a time. Hashes of API keys and data keys are left out. */
  privacyExport: {
    params: {
      /** The `next` of the page before */
      readonly cursor?: string;
      /** Default 500 */
      readonly limit?: number;
    };
    result: {
      readonly rows: readonly ({
        readonly table: string;
        readonly row: unknown;
      })[];
      /** For the next page; missing on the last */
      readonly next?: string;
    };
  };
  /** How many days conversations are kept after their last message; null keeps them for ever. */
  privacyRetain: {
    params: {
      readonly conversationDays: number | null;
    };
    result: {
      readonly conversationDays: number | null;
    };
  };
  /** How long conversations are kept, and when the tenant is erased, if somebody asked for it. */
  privacyRetention: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly conversationDays: number | null;
      /** ISO 8601, UTC */
      readonly eraseAt: string | null;
    };
  };
  /** Asks for the tenant to be erased, completely and for ever, once the time has passed in which this can be taken back. */
  privacyErase: {
    params: {
      /** The tenant's id, so that nobody does this by mistake */
      readonly confirm: string;
      /** Default 720, thirty days */
      readonly graceHours?: number;
    };
    result: {
      /** ISO 8601, UTC */
      readonly eraseAt: string;
    };
  };
  /** Decides which tier of models a request should go to, says why, and keeps the decision so that `router.outcome` can teach the router what came of it. */
  routerDecide: {
    params: {
      /** What is asked; read here and not kept */
      readonly message: string;
      /** JSON Schema that the answer must satisfy */
      readonly schema?: unknown;
      /** BCP 47; default: told from the letters */
      readonly language?: string;
      /** Turns of the conversation before this one */
      readonly turnDepth?: number;
      /** Tools that are offered to the model */
      readonly toolsWanted?: number;
      /** A canary meets a conversation whole or not at all */
      readonly conversationId?: string;
      /** Name of the agent */
      readonly agent?: string;
      /** Tiers that may be chosen; default: all */
      readonly tiers?: readonly ('SLM_A' | 'SLM_B' | 'LLM')[];
      /** Wanted whatever the router thinks */
      readonly tier?: 'SLM_A' | 'SLM_B' | 'LLM';
    };
    result: {
      readonly decisionId: string;
      /** Where to ask first */
      readonly tier: 'SLM_A' | 'SLM_B' | 'LLM';
      readonly reason: 'override' | 'only-tier' | 'early-exit' | 'small-suffices' | 'bandit';
      readonly overriddenBy: string | null;
      /** Calibrated probability that the smallest tier suffices */
      readonly probabilitySuffices: number;
      /** With what probability each tier would have been chosen */
      readonly propensities: Readonly<Record<string, number>>;
      /** Quality less priced cost and time, by tier */
      readonly expectedReward: Readonly<Record<string, number>>;
      readonly expected: {
        readonly costMicroUsd: number;
        readonly latencyMs: number;
      };
      /** Where to go next when the answer does not hold up */
      readonly escalation: readonly ('SLM_A' | 'SLM_B' | 'LLM')[];
      /** What the router saw in the request */
      readonly features: unknown;
      readonly canary: {
        readonly canaryId: string;
        readonly arm: 'control' | 'candidate';
      } | null;
      /** Outcomes that the router had learnt from */
      readonly version: number;
    };
  };
  /** Which of its intents an agent sees in a message, how surely, and whether the message lies outside of them all. */
  routerIntent: {
    params: {
      /** Name of the agent */
      readonly agent: string;
      readonly text: string;
    };
    result: {
      /** Null: outside of every intent */
      readonly intent: string | null;
      readonly nearest: string;
      /** Calibrated probability of `nearest` */
      readonly confidence: number;
      readonly version: number;
    };
  };
  /** The tenant's canaries, newest first. */
  routerCanaries: {
    params: {
      /** Default 20 */
      readonly limit?: number;
    };
    result: {
      readonly canaries: readonly ({
        readonly canaryId: string;
        readonly status: 'running' | 'rolled-back' | 'promoted';
        /** What is tried */
        readonly candidate: {
          /** Every request goes to this tier */
          readonly tier?: 'SLM_A' | 'SLM_B' | 'LLM';
          /** From this probability on the smallest tier is taken */
          readonly sufficesAt?: number;
        };
        readonly share: number;
        /** RFC 3339 */
        readonly startedAt: string;
        /** RFC 3339 */
        readonly endedAt: string | null;
        readonly outcomes: {
          readonly control: number;
          readonly candidate: number;
        };
        /** The candidate's mean quality less the control's */
        readonly difference: number;
        /** The interval holds at every moment at once */
        readonly low: number;
        readonly high: number;
        readonly pValue: number;
      })[];
    };
  };
  /** Makes a decision again from what the router knew then, and says whether it comes out the same. */
  routerReplay: {
    params: {
      readonly decisionId: string;
    };
    result: {
      readonly same: boolean;
      /** Outcomes that the router had learnt from */
      readonly version: number;
      readonly recorded: unknown;
      readonly replayed: unknown;
    };
  };
  /** Compares the outcomes of late with those before: has the level of quality, misroutes, cost or latency changed? Made each night for every tenant with outcomes; this makes today's anew. */
  routerDrift: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly day: string;
      readonly drifted: boolean;
      /** Outcomes looked at: the latest of the last 30 days */
      readonly outcomes: number;
      readonly signals: readonly ({
        readonly signal: 'quality' | 'misroutes' | 'cost' | 'latency';
        readonly drifted: boolean;
        /** Mean before the change; without one, of the first half */
        readonly baseline: number;
        readonly present: number;
        /** RFC 3339 */
        readonly since: string | null;
      })[];
    };
  };
  /** Tells what came of a decision, at once or days later. Each source is heard once for a decision; a repetition changes nothing. */
  routerOutcome: {
    params: {
      readonly decisionId: string;
      /** Who says so */
      readonly source: 'thumbs' | 'judge' | 'escalation' | 'validation';
      /** 0 useless, 1 as good as can be */
      readonly quality: number;
      /** A larger tier or a person had to answer */
      readonly escalated?: boolean;
      /** What it cost; default: as expected */
      readonly costMicroUsd?: number;
      /** What it took; default: as expected */
      readonly latencyMs?: number;
    };
    result: {
      /** False when this source had been heard */
      readonly learnt: boolean;
      readonly version: number;
      readonly misrouted: 'too-small' | 'too-large' | null;
      readonly canary: 'running' | 'rolled-back' | 'promoted' | null;
    };
  };
  /** Tries another policy on a share of conversations. It is rolled back once it is surely worse, and becomes the policy once it is surely not worse by more than 0.03. */
  routerStartCanary: {
    params: {
      /** What is tried */
      readonly candidate: {
        /** Every request goes to this tier */
        readonly tier?: 'SLM_A' | 'SLM_B' | 'LLM';
        /** From this probability on the smallest tier is taken */
        readonly sufficesAt?: number;
      };
      /** Default 0.1 */
      readonly share?: number;
    };
    result: {
      readonly canaryId: string;
    };
  };
  /** Rolls a running canary back by hand. */
  routerStopCanary: {
    params: {
      readonly canaryId: string;
    };
    result: {
      readonly status: 'rolled-back' | 'promoted';
    };
  };
  /** Learns an agent's intents from labelled messages, replacing what it knew. Answers when it has learnt: seconds for hundreds of examples. */
  routerTeachIntents: {
    params: {
      /** Name of the agent */
      readonly agent: string;
      readonly examples: readonly ({
        readonly text: string;
        /** Null: outside of every intent */
        readonly intent: string | null;
      })[];
    };
    result: {
      readonly version: number;
      readonly intents: number;
      readonly examples: number;
    };
  };
  /** Points a stage to a version of the agent. Once `production` points somewhere, new conversations get that version. A conversation with the agent `<name>@staging` gets the version that `staging` points to. */
  stagesPromote: {
    params: {
      /** Name of the agent */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
    };
    result: {
      /** Name of the agent */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
      /** Counts the changes of the stage */
      readonly change: number;
    };
  };
  /** Points a stage back to the version that it pointed to before. */
  stagesRollback: {
    params: {
      /** Name of the agent */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
    };
    result: {
      /** Name of the agent */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
      /** Counts the changes of the stage */
      readonly change: number;
    };
  };
  /** Where the stages of the agent point, and every change of them, the newest first. */
  stagesList: {
    params: {
      /** Name of the agent */
      readonly name: string;
    };
    result: {
      readonly stages: readonly ({
        /** Once `production` points somewhere it alone serves; `staging` is for trials */
        readonly stage: 'staging' | 'production';
        /** Counts up from 1 */
        readonly version: number;
        readonly change: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** The versions of the agent, the newest first, with who made them. */
  stagesVersions: {
    params: {
      /** Name of the agent */
      readonly name: string;
    };
    result: {
      readonly versions: readonly ({
        /** Counts up from 1 */
        readonly version: number;
        readonly createdAt: string;
        /** Empty where it was not yet written down */
        readonly createdBy: string;
      })[];
    };
  };
  /** What differs between two versions of the agent, by JSON Pointer. */
  stagesDiff: {
    params: {
      /** Name of the agent */
      readonly name: string;
      /** Counts up from 1 */
      readonly from: number;
      /** Counts up from 1 */
      readonly to: number;
    };
    result: {
      readonly differences: readonly ({
        readonly path: string;
        readonly before?: unknown;
        readonly after?: unknown;
      })[];
    };
  };
  /** Points a stage to a version of the source of tools. Once `production` points somewhere, its tools are offered and called in that version, from the next call on every node on. Agents that are in `staging` themselves are offered the version that `staging` points to. */
  stagesPromoteTool: {
    params: {
      /** Name of the source of tools */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
    };
    result: {
      /** Name of the source of tools */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
      /** Counts the changes of the stage */
      readonly change: number;
    };
  };
  /** Points a stage back to the version that it pointed to before. */
  stagesRollbackTool: {
    params: {
      /** Name of the source of tools */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
    };
    result: {
      /** Name of the source of tools */
      readonly name: string;
      /** Once `production` points somewhere it alone serves; `staging` is for trials */
      readonly stage: 'staging' | 'production';
      /** Counts up from 1 */
      readonly version: number;
      /** Counts the changes of the stage */
      readonly change: number;
    };
  };
  /** Where the stages of the source of tools point, and every change of them, the newest first. */
  stagesListTool: {
    params: {
      /** Name of the source of tools */
      readonly name: string;
    };
    result: {
      readonly stages: readonly ({
        /** Once `production` points somewhere it alone serves; `staging` is for trials */
        readonly stage: 'staging' | 'production';
        /** Counts up from 1 */
        readonly version: number;
        readonly change: number;
        readonly changedAt: string;
        readonly changedBy: string;
      })[];
    };
  };
  /** The versions of the source of tools, the newest first, with who made them. */
  stagesVersionsTool: {
    params: {
      /** Name of the source of tools */
      readonly name: string;
    };
    result: {
      readonly versions: readonly ({
        /** Counts up from 1 */
        readonly version: number;
        readonly createdAt: string;
        /** Empty where it was not yet written down */
        readonly createdBy: string;
      })[];
    };
  };
  /** What differs between two versions of the source of tools, by JSON Pointer. */
  stagesDiffTool: {
    params: {
      /** Name of the source of tools */
      readonly name: string;
      /** Counts up from 1 */
      readonly from: number;
      /** Counts up from 1 */
      readonly to: number;
    };
    result: {
      readonly differences: readonly ({
        readonly path: string;
        readonly before?: unknown;
        readonly after?: unknown;
      })[];
    };
  };
  /** Removes a source, whatever its stages point to; its tools are offered and called no more. A source that is put under the name later is a new one. */
  toolsDeleteSource: {
    params: {
      /** Name of the source; tools are offered as <source>_<tool> */
      readonly name: string;
    };
    result: {
      readonly deleted: boolean;
    };
  };
  /** A source of tools, in its newest or in a given version. Its credential is not told. */
  toolsGetSource: {
    params: {
      /** Name of the source; tools are offered as <source>_<tool> */
      readonly name: string;
      /** Counts up from 1; a version never changes */
      readonly version?: number;
    };
    result: {
      /** Name of the source; tools are offered as <source>_<tool> */
      readonly name: string;
      /** Counts up from 1; a version never changes */
      readonly version: number;
      /** As it was declared; of a credential only the header */
      readonly manifest: unknown;
      readonly tools: readonly ({
        /** As agents call it */
        readonly name: string;
        /** As its source calls it */
        readonly remote: string;
        readonly description: string;
        readonly effect: 'read' | 'idempotent' | 'once';
      })[];
      readonly createdAt: string;
      readonly createdBy: string;
    };
  };
  /** The tenant's sources of tools, each in the version that serves. */
  toolsSources: {
    params: Readonly<Record<string, never>>;
    result: {
      readonly sources: readonly ({
        /** Name of the source; tools are offered as <source>_<tool> */
        readonly name: string;
        /** Counts up from 1; a version never changes */
        readonly version: number;
        /** An OpenAPI document, an MCP server by streamable HTTP, an MCP server as a command of the operator, actions of Troupe, or the tenant's workflows: a call is a run, its input the arguments */
        readonly kind: 'openapi' | 'mcp' | 'mcp-command' | 'action' | 'workflow';
        readonly tools: readonly ({
          /** As agents call it */
          readonly name: string;
          /** As its source calls it */
          readonly remote: string;
          readonly description: string;
          readonly effect: 'read' | 'idempotent' | 'once';
        })[];
      })[];
    };
  };
  /** Declares a source of tools, or a new version of it. Its tools are looked up and checked now and kept as they are: a description that changes later is not used until the source is put again. The same declaration with the same tools again is the same version. */
  toolsPutSource: {
    params: {
      /** Name of the source; tools are offered as <source>_<tool> */
      readonly name: string;
      /** An OpenAPI document, an MCP server by streamable HTTP, an MCP server as a command of the operator, actions of Troupe, or the tenant's workflows: a call is a run, its input the arguments */
      readonly kind: 'openapi' | 'mcp' | 'mcp-command' | 'action' | 'workflow';
      /** Of the MCP server, or of the OpenAPI document: its paths are relative to it */
      readonly url?: string;
      /** The OpenAPI document (2.0, 3.x) */
      readonly document?: unknown;
      /** Name of a command in TROUPE_MCP_COMMANDS */
      readonly command?: string;
      readonly credential?: {
        /** Default of most services: Authorization */
        readonly header: string;
        /** Kept sealed; never shown again */
        readonly value: string;
      };
      /** The tools that may be used; no others are ever offered or called */
      readonly allow: readonly ({
        /** Operation id, MCP tool, action, or workflow */
        readonly name: string;
        /** What repeating a call means: nothing, nothing with the same Idempotency-Key, or a second effect */
        readonly effect: 'read' | 'idempotent' | 'once';
        /** Of one attempt; default 8,000 */
        readonly timeoutMs?: number;
        /** The tool of this source that undoes it */
        readonly compensation?: string;
      })[];
    };
    result: {
      /** Name of the source; tools are offered as <source>_<tool> */
      readonly name: string;
      /** Counts up from 1; a version never changes */
      readonly version: number;
      readonly tools: readonly ({
        /** As agents call it */
        readonly name: string;
        /** As its source calls it */
        readonly remote: string;
        readonly description: string;
        readonly effect: 'read' | 'idempotent' | 'once';
      })[];
    };
  };
  /** What the tenant's widget says, with its public key. */
  widgetsGet: {
    params: Readonly<Record<string, never>>;
    result: {
      /** Stands in the page. It is good for one thing: asking for a widget token from an origin that the tenant allows */
      readonly publicKey: string;
      readonly title: string;
      readonly greeting: string;
      /** Questions to click at the beginning */
      readonly suggestions: readonly (string)[];
      /** The same by language tag */
      readonly translations?: Readonly<Record<string, {
        readonly title: string;
        readonly greeting: string;
        /** Questions to click at the beginning */
        readonly suggestions: readonly (string)[];
      }>>;
      /** Customers may attach files (default) */
      readonly uploads?: boolean;
    };
  };
  /** Gives a page of an allowed origin a token with which its customer chats for an hour, and what the widget says. With the token from before, also an old one of up to thirty days, the customer stays the same. */
  widgetsOpen: {
    params: {
      /** Stands in the page. It is good for one thing: asking for a widget token from an origin that the tenant allows */
      readonly publicKey: string;
      /** The one from before, or one that your own server signed */
      readonly token?: string;
    };
    result: {
      /** Send it as "Authorization: Bearer <token>" */
      readonly token: string;
      readonly expiresInSeconds: number;
      readonly title: string;
      readonly greeting: string;
      /** Questions to click at the beginning */
      readonly suggestions: readonly (string)[];
      /** The same by language tag */
      readonly translations?: Readonly<Record<string, {
        readonly title: string;
        readonly greeting: string;
        /** Questions to click at the beginning */
        readonly suggestions: readonly (string)[];
      }>>;
      /** Customers may attach files (default) */
      readonly uploads?: boolean;
    };
  };
  /** Sets what the tenant's widget says. The first time makes its public key, which stays. */
  widgetsPut: {
    params: {
      readonly title: string;
      readonly greeting: string;
      /** Questions to click at the beginning */
      readonly suggestions: readonly (string)[];
      /** The same by language tag */
      readonly translations?: Readonly<Record<string, {
        readonly title: string;
        readonly greeting: string;
        /** Questions to click at the beginning */
        readonly suggestions: readonly (string)[];
      }>>;
      /** Customers may attach files (default) */
      readonly uploads?: boolean;
    };
    result: {
      /** Stands in the page. It is good for one thing: asking for a widget token from an origin that the tenant allows */
      readonly publicKey: string;
      readonly title: string;
      readonly greeting: string;
      /** Questions to click at the beginning */
      readonly suggestions: readonly (string)[];
      /** The same by language tag */
      readonly translations?: Readonly<Record<string, {
        readonly title: string;
        readonly greeting: string;
        /** Questions to click at the beginning */
        readonly suggestions: readonly (string)[];
      }>>;
      /** Customers may attach files (default) */
      readonly uploads?: boolean;
    };
  };
}

export const OPERATIONS: Readonly<
  Record<keyof Operations, { readonly method: string; readonly path: string; readonly acts: boolean }>
> = {
  agentsGet: { method: 'GET', path: '/api/v1/control/agents/{name}', acts: false },
  agentsList: { method: 'GET', path: '/api/v1/control/agents', acts: false },
  agentsPut: { method: 'PUT', path: '/api/v1/control/agents/{name}', acts: false },
  attachmentsAdd: { method: 'POST', path: '/api/v1/chat/attachments', acts: true },
  attachmentsGet: { method: 'GET', path: '/api/v1/chat/attachments/{attachmentId}', acts: false },
  auditList: { method: 'GET', path: '/api/v1/control/audit', acts: false },
  auditVerify: { method: 'GET', path: '/api/v1/control/audit/verification', acts: false },
  configsHistory: { method: 'GET', path: '/api/v1/control/configs/{environment}/{key}/history', acts: false },
  flagsHistory: { method: 'GET', path: '/api/v1/control/flags/{key}/history', acts: false },
  configsList: { method: 'GET', path: '/api/v1/control/configs/{environment}', acts: false },
  flagsList: { method: 'GET', path: '/api/v1/control/flags', acts: false },
  configsPut: { method: 'PUT', path: '/api/v1/control/configs/{environment}/{key}', acts: false },
  flagsPut: { method: 'PUT', path: '/api/v1/control/flags/{key}', acts: false },
  configsRemove: { method: 'DELETE', path: '/api/v1/control/configs/{environment}/{key}', acts: false },
  flagsRemove: { method: 'DELETE', path: '/api/v1/control/flags/{key}', acts: false },
  configsRotateKey: { method: 'POST', path: '/api/v1/control/keys/rotate', acts: true },
  billingDeleteAlertWebhook: { method: 'DELETE', path: '/api/v1/billing/alert-webhook', acts: false },
  billingDeleteBudget: { method: 'DELETE', path: '/api/v1/billing/budgets/{budgetId}', acts: false },
  billingAlerts: { method: 'GET', path: '/api/v1/billing/alerts', acts: false },
  billingBudgets: { method: 'GET', path: '/api/v1/billing/budgets', acts: false },
  billingPutAlertWebhook: { method: 'PUT', path: '/api/v1/billing/alert-webhook', acts: false },
  billingPutBudget: { method: 'PUT', path: '/api/v1/billing/budgets/{budgetId}', acts: false },
  billingAlertWebhook: { method: 'GET', path: '/api/v1/billing/alert-webhook', acts: false },
  billingCosts: { method: 'GET', path: '/api/v1/billing/costs', acts: false },
  billingSpending: { method: 'GET', path: '/api/v1/billing/spending', acts: false },
  modelsDeleteEndpoint: { method: 'DELETE', path: '/api/v1/models/endpoints/{name}', acts: false },
  modelsEndpoints: { method: 'GET', path: '/api/v1/models/endpoints', acts: false },
  modelsPutEndpoint: { method: 'PUT', path: '/api/v1/models/endpoints/{name}', acts: false },
  channelsConnect: { method: 'POST', path: '/api/v1/channels', acts: true },
  channelsDisconnect: { method: 'DELETE', path: '/api/v1/channels/{accountId}', acts: false },
  channelsList: { method: 'GET', path: '/api/v1/channels', acts: false },
  channelsUndelivered: { method: 'GET', path: '/api/v1/channels/undelivered', acts: false },
  channelsPutTemplate: { method: 'PUT', path: '/api/v1/channels/templates/{accountId}', acts: false },
  channelsSettle: { method: 'POST', path: '/api/v1/channels/undelivered/settle', acts: true },
  channelsHealth: { method: 'GET', path: '/api/v1/channels/health', acts: false },
  channelsCreateLinkCode: { method: 'POST', path: '/api/v1/channels/links', acts: true },
  channelsLinked: { method: 'GET', path: '/api/v1/channels/links/{conversationId}', acts: false },
  channelsUnlink: { method: 'DELETE', path: '/api/v1/channels/links/{conversationId}', acts: false },
  channelsDeliveries: { method: 'GET', path: '/api/v1/channels/deliveries', acts: false },
  channelsMedia: { method: 'GET', path: '/api/v1/channels/media', acts: false },
  channelsReadMedia: { method: 'GET', path: '/api/v1/channels/media/{mediaId}', acts: false },
  conversationCancel: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/cancel', acts: true },
  conversationHistory: { method: 'GET', path: '/api/v1/chat/conversations/{conversationId}/history', acts: false },
  conversationEvict: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/evict', acts: true },
  conversationFork: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/fork', acts: true },
  conversationGet: { method: 'GET', path: '/api/v1/chat/conversations/{conversationId}', acts: false },
  conversationHandBack: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/handback', acts: true },
  conversationInspect: { method: 'GET', path: '/api/v1/chat/conversations/{conversationId}/state', acts: false },
  conversationTyping: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/typing', acts: true },
  conversationPause: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/pause', acts: true },
  conversationReplay: { method: 'GET', path: '/api/v1/chat/conversations/{conversationId}/replay', acts: false },
  conversationResume: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/resume', acts: true },
  conversationSettleTool: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/settle', acts: true },
  conversationTakeOver: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/takeover', acts: true },
  conversationAssign: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/assign', acts: true },
  conversationNote: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/notes', acts: true },
  conversationWhisper: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/whisper', acts: true },
  conversationJudge: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/judgement', acts: true },
  conversationRate: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/rating', acts: true },
  deskDeleteReply: { method: 'DELETE', path: '/api/v1/desk/replies/{replyId}', acts: false },
  deskPolicy: { method: 'GET', path: '/api/v1/desk/policy', acts: false },
  deskReplies: { method: 'GET', path: '/api/v1/desk/replies', acts: false },
  deskPutPolicy: { method: 'PUT', path: '/api/v1/desk/policy', acts: false },
  deskPutReply: { method: 'PUT', path: '/api/v1/desk/replies/{replyId}', acts: false },
  knowledgeDelete: { method: 'DELETE', path: '/api/v1/ingestion/documents/{documentId}', acts: false },
  knowledgeIngest: { method: 'POST', path: '/api/v1/ingestion/documents', acts: true },
  knowledgeList: { method: 'GET', path: '/api/v1/ingestion/documents', acts: false },
  knowledgeSearch: { method: 'POST', path: '/api/v1/ingestion/search', acts: false },
  knowledgeSetAccess: { method: 'PUT', path: '/api/v1/ingestion/documents/{documentId}/access', acts: false },
  knowledgeDecideReview: { method: 'PUT', path: '/api/v1/knowledge/reviews/{documentId}', acts: false },
  knowledgeGaps: { method: 'GET', path: '/api/v1/knowledge/gaps', acts: false },
  knowledgeReviews: { method: 'GET', path: '/api/v1/knowledge/reviews', acts: false },
  knowledgeVersions: { method: 'GET', path: '/api/v1/ingestion/documents/{documentId}/versions', acts: false },
  knowledgeRules: { method: 'GET', path: '/api/v1/knowledge/rules', acts: false },
  knowledgeSettleGap: { method: 'PUT', path: '/api/v1/knowledge/gaps/{gapId}', acts: false },
  knowledgePlayground: { method: 'POST', path: '/api/v1/knowledge/playground', acts: false },
  knowledgeSetRules: { method: 'PUT', path: '/api/v1/knowledge/rules', acts: false },
  ingestionCancel: { method: 'DELETE', path: '/api/v1/knowledge/ingestions/{ingestionId}', acts: false },
  ingestionList: { method: 'GET', path: '/api/v1/knowledge/ingestions', acts: false },
  ingestionRead: { method: 'GET', path: '/api/v1/knowledge/ingestions/{ingestionId}', acts: false },
  ingestionReplay: { method: 'POST', path: '/api/v1/knowledge/ingestions/{ingestionId}/replay', acts: true },
  ingestionStart: { method: 'POST', path: '/api/v1/knowledge/ingestions', acts: true },
  oidcBegin: { method: 'POST', path: '/api/v1/auth/oidc/begin', acts: true },
  identityConfirmSignUp: { method: 'POST', path: '/api/v1/tenants/confirm', acts: true },
  oidcFinish: { method: 'POST', path: '/api/v1/auth/oidc/finish', acts: true },
  identityForgotPassword: { method: 'POST', path: '/api/v1/auth/forgot', acts: true },
  identityRefresh: { method: 'POST', path: '/api/v1/auth/refresh', acts: true },
  identitySetPassword: { method: 'POST', path: '/api/v1/auth/password', acts: true },
  identitySignIn: { method: 'POST', path: '/api/v1/auth/login', acts: true },
  identitySignOut: { method: 'POST', path: '/api/v1/auth/logout', acts: true },
  identitySignUp: { method: 'POST', path: '/api/v1/tenants', acts: true },
  identityWhoAmI: { method: 'GET', path: '/api/v1/auth/me', acts: false },
  membersChangeRole: { method: 'PUT', path: '/api/v1/tenants/members/{userId}', acts: false },
  membersInvite: { method: 'POST', path: '/api/v1/tenants/members', acts: true },
  keysList: { method: 'GET', path: '/api/v1/tenants/keys', acts: false },
  membersList: { method: 'GET', path: '/api/v1/tenants/members', acts: false },
  keysCreate: { method: 'POST', path: '/api/v1/tenants/keys', acts: true },
  keysCreateWidgetKey: { method: 'POST', path: '/api/v1/tenants/widget-key', acts: true },
  keysCreateWidgetToken: { method: 'POST', path: '/api/v1/tenants/widget-tokens', acts: true },
  oidcConfigured: { method: 'GET', path: '/api/v1/tenants/oidc', acts: false },
  membersRemove: { method: 'DELETE', path: '/api/v1/tenants/members/{userId}', acts: false },
  oidcRemove: { method: 'DELETE', path: '/api/v1/tenants/oidc', acts: false },
  keysRevoke: { method: 'DELETE', path: '/api/v1/tenants/keys/{keyId}', acts: false },
  keysRotate: { method: 'POST', path: '/api/v1/tenants/keys/{keyId}/rotate', acts: true },
  oidcConfigure: { method: 'PUT', path: '/api/v1/tenants/oidc', acts: false },
  memoryForget: { method: 'DELETE', path: '/api/v1/chat/customers/{customerId}/memory', acts: false },
  memoryGet: { method: 'GET', path: '/api/v1/chat/customers/{customerId}/memory', acts: false },
  memoryConsent: { method: 'PUT', path: '/api/v1/chat/customers/{customerId}/memory', acts: false },
  chatList: { method: 'GET', path: '/api/v1/chat/conversations', acts: false },
  eventsDeadLetters: { method: 'GET', path: '/api/v1/operations/dead-letters', acts: false },
  meteringUsage: { method: 'GET', path: '/api/v1/billing/usage', acts: false },
  eventsRebuild: { method: 'POST', path: '/api/v1/operations/consumers/{consumer}/rebuild', acts: true },
  eventsReplay: { method: 'POST', path: '/api/v1/operations/dead-letters/{id}/replay', acts: true },
  orchestratorApprove: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/approve', acts: true },
  orchestratorWorkflow: { method: 'GET', path: '/api/v1/orchestrator/workflows/{name}', acts: false },
  orchestratorRuns: { method: 'GET', path: '/api/v1/orchestrator/runs', acts: false },
  orchestratorTasks: { method: 'GET', path: '/api/v1/orchestrator/tasks', acts: false },
  orchestratorList: { method: 'GET', path: '/api/v1/orchestrator/workflows', acts: false },
  orchestratorPublish: { method: 'POST', path: '/api/v1/orchestrator/events', acts: true },
  orchestratorPut: { method: 'PUT', path: '/api/v1/orchestrator/workflows', acts: false },
  orchestratorStart: { method: 'POST', path: '/api/v1/orchestrator/workflows/{name}/runs', acts: true },
  originsGet: { method: 'GET', path: '/api/v1/tenants/origins', acts: false },
  originsPut: { method: 'PUT', path: '/api/v1/tenants/origins', acts: false },
  chatMessage: { method: 'POST', path: '/api/v1/chat/messages', acts: true },
  conversationNotify: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/notify', acts: true },
  conversationReply: { method: 'POST', path: '/api/v1/chat/conversations/{conversationId}/reply', acts: true },
  workflowCancel: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/cancel', acts: true },
  workflowFork: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/fork', acts: true },
  workflowGet: { method: 'GET', path: '/api/v1/orchestrator/runs/{runId}', acts: false },
  workflowResume: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/resume', acts: true },
  workflowEvents: { method: 'GET', path: '/api/v1/orchestrator/runs/{runId}/events', acts: false },
  workflowSignal: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/signal', acts: true },
  workflowSuspend: { method: 'POST', path: '/api/v1/orchestrator/runs/{runId}/suspend', acts: true },
  privacyKeep: { method: 'DELETE', path: '/api/v1/control/tenant/erasure', acts: false },
  privacyExport: { method: 'GET', path: '/api/v1/control/tenant/export', acts: false },
  privacyRetain: { method: 'PUT', path: '/api/v1/control/tenant/retention', acts: false },
  privacyRetention: { method: 'GET', path: '/api/v1/control/tenant/retention', acts: false },
  privacyErase: { method: 'POST', path: '/api/v1/control/tenant/erasure', acts: true },
  routerDecide: { method: 'POST', path: '/api/v1/router/decide', acts: true },
  routerIntent: { method: 'POST', path: '/api/v1/router/intents/{agent}/detect', acts: true },
  routerCanaries: { method: 'GET', path: '/api/v1/router/canaries', acts: false },
  routerReplay: { method: 'POST', path: '/api/v1/router/decisions/{decisionId}/replay', acts: true },
  routerDrift: { method: 'POST', path: '/api/v1/router/drift', acts: true },
  routerOutcome: { method: 'POST', path: '/api/v1/router/outcomes', acts: true },
  routerStartCanary: { method: 'POST', path: '/api/v1/router/canaries', acts: true },
  routerStopCanary: { method: 'DELETE', path: '/api/v1/router/canaries/{canaryId}', acts: false },
  routerTeachIntents: { method: 'PUT', path: '/api/v1/router/intents/{agent}', acts: false },
  stagesPromote: { method: 'PUT', path: '/api/v1/control/agents/{name}/stages/{stage}', acts: false },
  stagesRollback: { method: 'POST', path: '/api/v1/control/agents/{name}/stages/{stage}/rollback', acts: true },
  stagesList: { method: 'GET', path: '/api/v1/control/agents/{name}/stages', acts: false },
  stagesVersions: { method: 'GET', path: '/api/v1/control/agents/{name}/versions', acts: false },
  stagesDiff: { method: 'GET', path: '/api/v1/control/agents/{name}/diff', acts: false },
  stagesPromoteTool: { method: 'PUT', path: '/api/v1/control/tools/{name}/stages/{stage}', acts: false },
  stagesRollbackTool: { method: 'POST', path: '/api/v1/control/tools/{name}/stages/{stage}/rollback', acts: true },
  stagesListTool: { method: 'GET', path: '/api/v1/control/tools/{name}/stages', acts: false },
  stagesVersionsTool: { method: 'GET', path: '/api/v1/control/tools/{name}/versions', acts: false },
  stagesDiffTool: { method: 'GET', path: '/api/v1/control/tools/{name}/diff', acts: false },
  toolsDeleteSource: { method: 'DELETE', path: '/api/v1/control/tools/{name}', acts: false },
  toolsGetSource: { method: 'GET', path: '/api/v1/control/tools/{name}', acts: false },
  toolsSources: { method: 'GET', path: '/api/v1/control/tools', acts: false },
  toolsPutSource: { method: 'PUT', path: '/api/v1/control/tools/{name}', acts: false },
  widgetsGet: { method: 'GET', path: '/api/v1/tenants/widget', acts: false },
  widgetsOpen: { method: 'POST', path: '/api/v1/widget/sessions', acts: true },
  widgetsPut: { method: 'PUT', path: '/api/v1/tenants/widget', acts: false },
};
