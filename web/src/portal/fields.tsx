/** Fields of forms: each with its label, and what helps to fill it in. */
import { type ReactNode, useId } from 'react';

export const INPUT =
  'mt-1 min-h-11 w-full rounded-xl border border-line-strong bg-raised px-3 py-2 text-base text-ink placeholder:text-faint';

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly children: (ids: { id: string; 'aria-describedby': string | undefined }) => ReactNode;
}) {
  const [id, hintId] = [useId(), useId()];
  return (
    <div>
      <label htmlFor={id} className="font-medium text-ink text-sm">
        {label}
      </label>
      {children({ id, 'aria-describedby': hint ? hintId : undefined })}
      {hint && (
        <p id={hintId} className="mt-1 text-faint text-sm">
          {hint}
        </p>
      )}
    </div>
  );
}

export function NumberField({
  label,
  hint,
  min,
  max,
  step,
  value,
  onValue,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly min: number;
  readonly max?: number;
  readonly step?: number;
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {ids => (
        <input
          {...ids}
          type="number"
          required
          min={min}
          max={max}
          step={step}
          value={value}
          onChange={event => onValue(event.target.value)}
          className={INPUT}
        />
      )}
    </Field>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** Several lines when above 1. */
  readonly rows?: number;
  readonly max: number;
  readonly required?: boolean;
  readonly placeholder?: string;
  /** A secret is not shown while it is typed, and no browser keeps it. */
  readonly secret?: boolean;
  readonly pattern?: string;
}

export function TextField({
  label,
  hint,
  value,
  onValue,
  rows = 1,
  max,
  required,
  placeholder,
  secret,
  pattern,
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {ids =>
        rows > 1 ? (
          <textarea
            {...ids}
            rows={rows}
            required={required}
            maxLength={max}
            placeholder={placeholder}
            spellCheck={false}
            value={value}
            onChange={event => onValue(event.target.value)}
            className={INPUT}
          />
        ) : (
          <input
            {...ids}
            type={secret ? 'password' : 'text'}
            autoComplete={secret ? 'new-password' : 'off'}
            required={required}
            maxLength={max}
            placeholder={placeholder}
            pattern={pattern}
            value={value}
            onChange={event => onValue(event.target.value)}
            className={INPUT}
          />
        )
      }
    </Field>
  );
}

export function SelectField<T extends string>({
  label,
  hint,
  value,
  options,
  onValue,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onValue: (value: T) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {ids => (
        <select {...ids} value={value} className={INPUT} onChange={event => onValue(event.target.value as T)}>
          {options.map(([each, name]) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
