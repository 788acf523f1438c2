/** Three dots that move: somebody is at work. */
export function Dots() {
  return (
    <span aria-hidden="true" className="inline-flex items-center gap-1 py-1">
      <span className="size-2 animate-dot rounded-full bg-accent" />
      <span className="size-2 animate-dot rounded-full bg-accent [animation-delay:150ms]" />
      <span className="size-2 animate-dot rounded-full bg-accent [animation-delay:300ms]" />
    </span>
  );
}
