/**
 * `make crash-realtime`: 1,000 widgets in the middle of an answer on three nodes, half by sockets and half by
 * server-sent events; one node is killed. Prints one JSON line; exit code 1 when a transcript is not whole.
 * WIDGETS changes how many.
 */
import { crashUnderWidgets } from '../test/crash/realtime.ts';
import { addressesFromEnvironment } from './cluster.ts';

const result = await crashUnderWidgets({
  widgets: Number(process.env.WIDGETS ?? '1000'),
  addresses: addressesFromEnvironment(),
  say: text => console.error(text),
});
console.log(JSON.stringify(result));
const { widgets, complete, gaps, outOfOrder, shownTwice, brokenText } = result;
process.exit(complete === widgets && gaps + outOfOrder + shownTwice + brokenText === 0 ? 0 : 1);
