// Which parts does a place have? Links beside each other at the top of each of its pages.
import styles from "./section-nav.module.css";

interface SectionNavProps {
  readonly label: string;
  readonly links: readonly (readonly [href: string, words: string])[];
  /** The href of the page that is shown. */
  readonly here: string;
}

export function SectionNav({ label, links, here }: SectionNavProps) {
  return (
    <nav aria-label={label} className={styles.nav}>
      {links.map(([href, words]) => (
        <a key={href} href={href} aria-current={href === here ? "page" : undefined}>
          {words}
        </a>
      ))}
    </nav>
  );
}
