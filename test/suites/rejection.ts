/** The error that a promise is rejected with. A promise that resolves fails the test. */
import { type ErrorCode, TroupeError } from '../../lib/kernel/errors.ts';

export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was expected to be refused, and it was done');
}

/** As `rejection`, for a TroupeError of that code. */
export async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<TroupeError> {
  const error = await rejection(promise);
  if (!(error instanceof TroupeError) || error.code !== code) throw error;
  return error;
}
