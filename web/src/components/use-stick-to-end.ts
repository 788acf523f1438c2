import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** How near to the end counts as being there. Pixels. */
const NEAR = 80;

interface StickToEnd {
  readonly atEnd: boolean;
  readonly jump: () => void;
}

/** Keeps the end of a scrolled element in sight while it grows, unless the reader has scrolled away. */
export function useStickToEnd(
  box: RefObject<HTMLElement | null>,
  content: unknown,
  jumpOn: unknown,
): StickToEnd {
  const [atEnd, setAtEnd] = useState(true);
  const sticks = useRef(true);

  const jump = useCallback(() => {
    sticks.current = true;
    setAtEnd(true);
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [box]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      sticks.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      setAtEnd(sticks.current);
    };
    const keep = new ResizeObserver(() => {
      if (sticks.current) element.scrollTo({ top: element.scrollHeight });
    });
    element.addEventListener('scroll', measure, { passive: true });
    keep.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      keep.disconnect();
    };
  }, [box]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the content is what makes the element grow
  useLayoutEffect(() => {
    if (sticks.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [box, content]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever sends wants to see what they sent
  useLayoutEffect(jump, [jump, jumpOn]);

  return { atEnd, jump };
}
