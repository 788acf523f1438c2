/** From everybody's to few people's, as in the contracts. */
export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export function toneOf(sensitivity: Sensitivity): 'good' | 'notice' | 'danger' {
  if (sensitivity === 'public') return 'good';
  return sensitivity === 'internal' ? 'notice' : 'danger';
}
