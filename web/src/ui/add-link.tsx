// Where does one begin to add a server? A link to its page, for who may.
import { ADD } from "../route.ts";
import { useMay } from "../session.ts";
import styles from "./add-link.module.css";

export function AddLink() {
  if (!useMay()("POST /api/servers")) return null;
  return (
    <a href={ADD} className={styles.link}>
      Add a server
    </a>
  );
}
