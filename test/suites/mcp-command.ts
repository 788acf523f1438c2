/** The fake MCP server as a program, for tests: speaks over its standard input and output. */
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { mcpServer } from './hostile-tools.ts';

serveStdio(() => mcpServer());
