/** One line of progress. Standard output is kept free for the command that `with-servers` runs. */
export function say(line: string): void {
  process.stderr.write(`provision: ${line}\n`);
}

/** The last lines of a text, for an error message. */
export function tail(text: string, lines: number): string {
  return text.trim().split('\n').slice(-lines).join('\n');
}
