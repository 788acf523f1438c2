/** A tool's fastest-validator parameters as the JSON Schema that models are given. */

type Rules = Readonly<Record<string, unknown>>;

export function toolJsonSchema(params: Rules): Record<string, unknown> {
  // Tools of sources outside come with a JSON Schema: a rule of a field would be an object, not a word.
  if (params.type === 'object') return { properties: {}, ...params };
  const fields = Object.entries(params).filter(([name]) => !name.startsWith('$$'));
  const required = fields.filter(([, rule]) => !(rule as Rules).optional).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, rule]) => [name, propertyOf(rule as Rules)])),
    required,
    additionalProperties: false,
  };
}

function propertyOf(rule: Rules): Record<string, unknown> {
  const about = rule.description === undefined ? {} : { description: rule.description };
  switch (rule.type) {
    case 'string':
      return {
        type: 'string',
        ...about,
        ...(rule.min === undefined ? {} : { minLength: rule.min }),
        ...(rule.max === undefined ? {} : { maxLength: rule.max }),
        ...(rule.pattern === undefined ? {} : { pattern: String(rule.pattern) }),
      };
    case 'email':
      return { type: 'string', format: 'email', ...about };
    case 'number':
      return { type: rule.integer ? 'integer' : 'number', ...about };
    case 'boolean':
      return { type: 'boolean', ...about };
    case 'enum':
      return { type: 'string', enum: rule.values, ...about };
    case 'array':
      return { type: 'array', items: propertyOf((rule.items ?? {}) as Rules), ...about };
    case 'object':
      return { ...toolJsonSchema((rule.props ?? rule.properties ?? {}) as Rules), ...about };
    default:
      return about;
  }
}
