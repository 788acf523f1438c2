/** Troupe's own actions as tools: whatever a contract declares for HTTP, with the scope that it asks for. */
import type { AnyContract } from '../../contracts/contract.ts';
import { toJsonSchema } from '../../contracts/schema.ts';
import type { FoundTool } from './tool-source.ts';

export interface ContractTool extends FoundTool {
  readonly contract: AnyContract;
}

/** Actions that read something: an MCP client may call them without asking a person. */
export function isRead({ http }: AnyContract): boolean {
  return http?.method === 'GET';
}

export function contractTools(
  contracts: readonly AnyContract[],
  scopes: readonly string[],
): readonly ContractTool[] {
  return contracts
    .filter(({ http, tenant }) => http && tenant === 'required' && scopes.includes(http.scope))
    .map(contract => ({
      contract,
      name: contract.name,
      description: contract.doc,
      parameters: toJsonSchema(contract.params),
      output: toJsonSchema(contract.result),
    }));
}
