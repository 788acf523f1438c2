/**
 * Every setting, described once: read from the environment, checked before anything starts, and the source of
 * `.env.example` and docs/configuration.md (`npm run docs:generate`; a test fails when they are stale).
 */
import { TroupeError } from './errors.ts';
import { address, choice, list, secret, text, Unacceptable, type Variable, whole } from './setting-kinds.ts';

export const VARIABLES = {
  TROUPE_MODE: choice(
    ['embedded', 'cluster'],
    'embedded',
    'Embedded: PGlite, no broker, no Redis. Cluster: PostgreSQL, NATS, Redis',
  ),
  TROUPE_UNITS: list(['all'], 'Units that this node hosts; "all" or "none" (a node that only calls)'),
  TROUPE_NODE_ID: text('', 'Name of this node; empty: made from the host name and process id'),
  TROUPE_NAMESPACE: text('troupe', 'Nodes of one namespace form one platform'),
  TROUPE_PORT: whole(8000, 0, 65535, 'Port of the HTTP gateway; 0 takes a free one'),
  TROUPE_HOST: text('127.0.0.1', 'Address that the HTTP gateway listens on'),
  TROUPE_REGION: text(
    '',
    'Where this platform’s nodes and stores are, such as eu: tenants that are bound to another region are refused, and so are requests that name one by X-Data-Region. Empty: nothing is refused for where it is',
  ),
  TROUPE_DATA_DIR: text('./data', 'Folder of the embedded database and of local files'),
  TROUPE_DATABASE_URL: address(
    ['postgres', 'postgresql'],
    'PostgreSQL for cluster mode; its user must be a member of the troupe_* roles',
  ),
  TROUPE_MIGRATION_URL: address(
    ['postgres', 'postgresql'],
    'PostgreSQL as the owner of the schema, for migrations; empty: TROUPE_DATABASE_URL',
  ),
  TROUPE_NATS_URL: address(['nats', 'tls'], 'NATS for cluster mode'),
  TROUPE_NATS_SYSTEM_URL: address(
    ['nats', 'tls'],
    'NATS with a user of its system account: a dead node is noticed in milliseconds instead of seconds; may be empty',
  ),
  TROUPE_REDIS_URL: address(['redis', 'rediss'], 'Redis for cluster mode'),
  TROUPE_CHANNEL_MERGE_WINDOW_MS: whole(
    1_500,
    0,
    30_000,
    'How long a message of a chat channel waits for more of the same customer, so that they are answered together, milliseconds',
  ),
  TROUPE_CHANNEL_BASES: list(
    [],
    'Addresses in place of the chat platforms’ own, <channel>=<address>: for drills against stand-ins',
  ),
  TROUPE_KMS_KEYS: secret(
    'Keys that wrap the data keys: <name>:<base64 of 32 bytes>, the one in use first, older ones after it, separated by commas. Empty: a file in the data folder (embedded only)',
  ),
  TROUPE_KMS_VAULT_URL: address(
    ['http', 'https'],
    'HashiCorp Vault whose transit engine wraps the data keys instead',
  ),
  TROUPE_KMS_VAULT_TOKEN: secret('Token for TROUPE_KMS_VAULT_URL'),
  TROUPE_KMS_VAULT_KEY: text('troupe', 'Name of the transit key'),
  TROUPE_KMS_AWS_KEY: text(
    '',
    'Key of AWS KMS (id, alias/name or ARN) that wraps the data keys instead; credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN',
  ),
  TROUPE_KMS_AWS_REGION: text('us-east-1', 'Region of that key'),
  TROUPE_KMS_AWS_URL: address(['http', 'https'], 'Where AWS KMS is, if not at its usual address'),
  TROUPE_MASTER_KEY: secret(
    'Opens secrets that were sealed before the key service did so, and seals none: when a node has once started with it, it is of no more use. 32 bytes in base64; empty: master.key in the data folder, if there is one',
  ),
  TROUPE_PUBLIC_URL: address(
    ['http', 'https'],
    'Where people reach the platform: in links of mails and as issuer of tokens; empty: the address of the gateway on this machine',
  ),
  TROUPE_SMTP_URL: address(
    ['smtp', 'smtps'],
    'Server that mail is sent by; empty: mail is written to the folder mailbox in the data folder',
  ),
  TROUPE_MAIL_FROM: text('Troupe <no-reply@localhost>', 'Sender of mail'),
  TROUPE_TRUSTED_PROXIES: list(
    [],
    'Addresses or ranges (CIDR) of the proxies whose X-Forwarded-For is believed; empty: none',
  ),
  TROUPE_ADDRESS_PER_MINUTE: whole(
    60_000,
    0,
    100_000_000,
    'Requests that one client address may make in a minute; 0: any number',
  ),
  TROUPE_LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
    'Least severe log lines that are written',
  ),
  TROUPE_MODEL_BASE_URL: address(
    ['http', 'https'],
    'An OpenAI-compatible endpoint; empty: the offline provider answers, without a language model',
  ),
  TROUPE_MODEL_API_KEY: secret('Key for TROUPE_MODEL_BASE_URL'),
  TROUPE_MODEL_NAME: text('gpt-4o-mini', 'Model asked at TROUPE_MODEL_BASE_URL'),
  TROUPE_MODEL_TIMEOUT_MS: whole(60_000, 100, 600_000, 'Longest wait for a model, milliseconds'),
  TROUPE_EMBEDDINGS_URL: address(
    ['http', 'https'],
    'An OpenAI-compatible endpoint for embeddings; texts of documents and questions are sent there. Empty: a lexical embedding of our own, which knows spellings, not meanings',
  ),
  TROUPE_EMBEDDINGS_API_KEY: secret('Key for TROUPE_EMBEDDINGS_URL'),
  TROUPE_EMBEDDINGS_MODEL: text('text-embedding-3-small', 'Model asked at TROUPE_EMBEDDINGS_URL'),
  TROUPE_EMBEDDINGS_DIMENSIONS: whole(
    0,
    0,
    2_000,
    'Length of its vectors, for models that can shorten them; 0: as the model gives them',
  ),
  TROUPE_EMBEDDINGS_PER_MILLION: whole(
    0,
    0,
    1_000_000_000,
    'Price of its embeddings, millionths of a US dollar for a million tokens: paid from the budgets of whoever asks',
  ),
  TROUPE_EMBEDDINGS_REGION: text(
    '',
    'Where it computes; texts of tenants that are bound to a region are sent there only if it is theirs',
  ),
  TROUPE_RERANK_URL: address(
    ['http', 'https'],
    'An endpoint that has /rerank (Cohere, Jina, vLLM, TEI): it reads the question beside the best 40 passages and orders them; empty: none',
  ),
  TROUPE_RERANK_API_KEY: secret('Key for TROUPE_RERANK_URL'),
  TROUPE_RERANK_MODEL: text('rerank-v3.5', 'Model asked at TROUPE_RERANK_URL'),
  TROUPE_MODELS_FILE: text(
    '',
    'A JSON file of several endpoints, models, tiers and prices (docs/guides/models.md); empty: the one of TROUPE_MODEL_BASE_URL',
  ),
  TROUPE_MODEL_SLOTS: whole(
    256,
    1,
    100_000,
    'Calls of models that run at once on a node; others wait for their fair turn',
  ),
  TROUPE_MODEL_HEDGE_PERCENT: whole(
    5,
    0,
    20,
    'Second calls that may be made beside slow ones, for a hundred calls; 0: none',
  ),
  TROUPE_DAILY_SPEND_CAP_MICRO_USD: whole(
    0,
    0,
    Number.MAX_SAFE_INTEGER,
    'What all tenants together may spend on models in a day, millionths of a US dollar; 0: no cap',
  ),
  TROUPE_BODY_LIMIT_BYTES: whole(1_048_576, 1_024, 67_108_864, 'Largest JSON body that the gateway reads'),
  TROUPE_REQUEST_TIMEOUT_MS: whole(
    90_000,
    1_000,
    600_000,
    'Longest time that the gateway works on a request, milliseconds',
  ),
  TROUPE_MOST_SOCKETS: whole(20_000, 1, 1_000_000, 'Open sockets that a gateway takes'),
  TROUPE_SOCKET_PING_INTERVAL_MS: whole(
    25_000,
    100,
    600_000,
    'Between two questions whether a socket is still there, milliseconds',
  ),
  TROUPE_SOCKET_PING_TIMEOUT_MS: whole(
    20_000,
    100,
    600_000,
    'A socket that has not answered such a question for so long is gone, milliseconds',
  ),
  TROUPE_SOCKET_MESSAGE_BYTES: whole(131_072, 65_536, 1_048_576, 'Largest message that a socket may send'),
  TROUPE_WORKFLOW_PROCESSES: list(
    [],
    'Processes that workflows may start on this machine: script, shell. Empty refuses them all',
  ),
  TROUPE_MAILBOX_LIMIT: whole(100, 1, 10_000, 'Commands that may wait for one actor'),
  TROUPE_ACTIVATION_LIMIT: whole(
    50_000,
    10,
    10_000_000,
    'Actors in memory on a node; beyond it the longest idle are passivated',
  ),
  TROUPE_IDLE_PASSIVATION_MS: whole(
    300_000,
    100,
    86_400_000,
    'Idle time after which an actor leaves memory, milliseconds',
  ),
  TROUPE_LEASE_TTL_MS: whole(
    3_000,
    500,
    60_000,
    'A node that has not renewed its lease for so long is dead to the others, milliseconds',
  ),
  TROUPE_OUTBOUND_ALLOW: list(
    [],
    'Hosts, addresses or ranges (CIDR) that tools, webhooks and documents may be fetched from although they are not public',
  ),
  TROUPE_MCP_COMMANDS: list(
    [],
    'MCP servers that tenants may use as a command of this machine, each as name=program argument argument',
  ),
  TROUPE_OTEL_ENDPOINT: address(['http', 'https'], 'OTLP/HTTP collector for traces; empty: none are sent'),
  TROUPE_OTEL_SAMPLE_PERCENT: whole(
    10,
    0,
    100,
    'Traces of a hundred that are sent; callers decide for theirs',
  ),
} as const satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof VARIABLES;
export type Config = {
  readonly [K in VariableName]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never;
};

/** Reads and checks settings. Throws `config-invalid` naming the variable; never quotes a secret's value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const given = environment[name];
    if (given === undefined || given === '') {
      config[name] = variable.fallback;
      continue;
    }
    try {
      config[name] = variable.parse(given);
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      const shown = 'secret' in variable && variable.secret ? '' : ` (it is "${given}")`;
      problems.push(`${name} ${error.message}${shown}`);
    }
  }
  for (const name of Object.keys(environment)) {
    if (
      name.startsWith('TROUPE_') &&
      !name.startsWith('TROUPE_TEST_') &&
      !(name in VARIABLES) &&
      name !== 'TROUPE_CACHE_DIR'
    )
      problems.push(`${name} is not a setting of Troupe; see .env.example`);
  }
  const mode = config.TROUPE_MODE;
  for (const name of ['TROUPE_DATABASE_URL', 'TROUPE_NATS_URL', 'TROUPE_REDIS_URL'] as const) {
    if (mode === 'cluster' && config[name] === '')
      problems.push(`${name} is needed when TROUPE_MODE is "cluster"`);
  }
  if (problems.length > 0)
    throw new TroupeError('config-invalid', problems.join('; '), { data: { problems } });
  return config as Config;
}

/** A secret that another setting names, such as a provider's key; undefined when it is not set. */
export function environmentSecret(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** Programs with their arguments by name, from TROUPE_MCP_COMMANDS. Throws `config-invalid`. */
export function mcpCommands({ TROUPE_MCP_COMMANDS }: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(
    TROUPE_MCP_COMMANDS.map(entry => {
      const [, name, command] = /^([\w-]+)=(\S.*)$/.exec(entry) ?? [];
      if (!name || !command)
        throw new TroupeError('config-invalid', 'TROUPE_MCP_COMMANDS takes name=program argument ...');
      return [name, command.split(/\s+/)];
    }),
  );
}

/** The settings of this process. */
export function processConfig(): Config {
  return readConfig(process.env);
}

/** The text of `.env.example`. */
export function exampleEnvironment(): string {
  const blocks = Object.entries(VARIABLES).map(([name, variable]) => {
    const value = Array.isArray(variable.fallback) ? variable.fallback.join(',') : String(variable.fallback);
    return `# ${variable.doc}\n${name}=${value}\n`;
  });
  return `# Every setting of Troupe with its default. Generated from lib/kernel/config.ts by \`npm run docs:generate\`.\n\n${blocks.join('\n')}`;
}
