/** A relay in a process of its own, to be killed. Given the database's address; says UP when it is at work. */
import { openPostgres } from '../../lib/io/postgres.ts';
import { openRelayed } from './relayed.ts';

await openRelayed(openPostgres({ url: process.argv[2]! }), `node-${process.pid}`, 300);
console.log('UP');
setInterval(() => {}, 1_000);
