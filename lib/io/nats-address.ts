/** The NATS client takes servers and credentials apart; it ignores those inside an address. */
export function natsAddress(text: string): { servers: string[]; user?: string; pass?: string } {
  const url = new URL(text);
  return {
    servers: [`${url.hostname}:${url.port || 4222}`],
    ...(url.username
      ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      : {}),
  };
}
