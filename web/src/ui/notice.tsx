// How is an empty or failed place explained? What it is, why, and one thing to do. Never a picture.
import type { ReactNode } from "react";
import styles from "./notice.module.css";

interface NoticeProps {
  readonly title: string;
  readonly text: ReactNode;
  /** The one action. */
  readonly children?: ReactNode;
}

export function Notice({ title, text, children }: NoticeProps) {
  return (
    <div className={styles.notice}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** A one-line state of the whole page, under the bar. */
export function Banner({ children }: { children: ReactNode }) {
  return <p className={styles.banner}>{children}</p>;
}
