// Protects: tenants are confined and commits are kept, the same on PostgreSQL and on the embedded database.
import { databaseSuite } from '../suites/database.ts';
import { pgliteInMemory, postgresAsPlainUser } from '../suites/databases.ts';

databaseSuite('PGlite', pgliteInMemory);
databaseSuite('PostgreSQL', postgresAsPlainUser);
