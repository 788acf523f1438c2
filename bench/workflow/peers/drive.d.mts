export const STEPS: number;
export function step(n: number): Promise<number>;
export function drive(peer: string, durability: string, run: (id: string) => Promise<number>): Promise<void>;
