/** Line icons; each stands beside a word or inside a labelled control, so that none speaks for itself. */
import type { ReactNode } from 'react';

function Icon({ children, className = 'size-5' }: { children: ReactNode; className?: string | undefined }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

interface Props {
  readonly className?: string;
}

export function SendIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="M12 19V5.500M6 11l6-6 6 6" />
    </Icon>
  );
}

export function StopIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor" />
    </Icon>
  );
}

export function NewIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="M12.500 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5.500" />
      <path d="m10 14 .6-2.800 8-8 2.200 2.200-8 8Z" />
    </Icon>
  );
}

export function CheckIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="m5.500 12.500 4.200 4.200 8.800-9.400" />
    </Icon>
  );
}

export function CrossIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="m7 7 10 10M17 7 7 17" />
    </Icon>
  );
}

export function PersonIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <circle cx="12" cy="8" r="3.500" />
      <path d="M5 19.500c.8-3.600 3.500-5.500 7-5.500s6.200 1.900 7 5.500" />
    </Icon>
  );
}

export function WarningIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="M12 8.500v4.500M12 16.400v.1" />
      <circle cx="12" cy="12" r="8.500" />
    </Icon>
  );
}

export function DownIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="M12 5v13.500M6 13l6 6 6-6" />
    </Icon>
  );
}

export function ChevronIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="m9 6 6 6-6 6" />
    </Icon>
  );
}

/** The fern of the assistant. */
export function FernMark({ className = 'size-9' }: Props) {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className={className}>
      <rect width="32" height="32" rx="10" fill="#2b5d43" />
      <path d="M8 25C9 16 14 9 25 6" fill="none" stroke="#e9f3ea" strokeWidth="1.800" strokeLinecap="round" />
      <path
        d="M9.500 19.500C6 18 6 14 7.500 11.500c2.500 1.500 4 4 3.500 6.200ZM14 13.500c-3-2-2.600-5.400-.7-7.600 2.100 2 3 4 2.300 6.300ZM11 18.800c2 2.900 5.200 3.200 8 1.700-1.400-2.700-3.800-3.800-6.500-3.600ZM15.600 12.600c1.700 2.800 4.700 3.500 7.600 2.300-1.200-2.700-3.300-4-5.900-4Z"
        fill="#e9f3ea"
      />
    </svg>
  );
}

export function ThumbIcon({ className }: Props) {
  return (
    <Icon className={className}>
      <path d="M7 11v8H4v-8ZM7 11l4-7a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.300l-1 5a2 2 0 0 1-2 1.700H7" />
    </Icon>
  );
}
