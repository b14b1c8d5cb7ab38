// How does a text reach the clipboard? One button that says when it is done; where the browser refuses, the text is selected instead.
import { type RefObject, useEffect, useState } from "react";

const SAID_MS = 2000;

function select(element: HTMLElement | null): void {
  if (element) getSelection()?.selectAllChildren(element);
}

interface CopyProps {
  readonly text: string;
  /** What is copied, for a screen reader. */
  readonly label: string;
  /** Where the text stands on the page. */
  readonly shown: RefObject<HTMLElement | null>;
}

export function Copy({ text, label, shown }: CopyProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      select(shown.current);
      setSaid("Selected");
    }
  };
  return (
    <>
      <button type="button" aria-label={label} onClick={() => void copy()}>
        {said || "Copy"}
      </button>
      <span className="hidden" role="status">
        {said}
      </span>
    </>
  );
}
