// How is one content block shown? As text, or as a picture when its kind and its bytes are plainly a picture's.
import { type ReactNode, useState } from "react";
import { bytes, words } from "../ui/format.ts";
import styles from "./result.module.css";

type Fields = Readonly<Record<string, unknown>>;

/** Longer texts start cut, so that a large result does not stall the page. Characters. */
const SHOWN = 50_000;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function LongText({ text: whole }: { text: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && whole.length > SHOWN;
  return (
    <>
      <pre>{cut ? `${whole.slice(0, SHOWN)}…` : whole}</pre>
      {cut && (
        <button type="button" onClick={() => setAll(true)}>
          {`Show all ${whole.length.toLocaleString("en")} characters`}
        </button>
      )}
    </>
  );
}

const isPicture = (mime: string, data: string): boolean =>
  /^image\/[a-z0-9.+-]+$/i.test(mime) && /^[A-Za-z0-9+/]+={0,2}$/.test(data);

function Sized({ kind, mime, data }: { kind: string; mime: string; data: string }) {
  return <p className="muted">{`${kind}, ${mime || "unknown type"}, ${words(bytes((data.length * 3) / 4))}`}</p>;
}

function Picture({ block }: { block: Fields }) {
  const [mime, data] = [text(block.mimeType), text(block.data)];
  return (
    <figure>
      {isPicture(mime, data) && (
        <img className={styles.picture} src={`data:${mime};base64,${data}`} alt="Made by the tool" />
      )}
      <Sized kind="Picture" mime={mime} data={data} />
    </figure>
  );
}

function Link({ block }: { block: Fields }) {
  return (
    <div className={styles.resource}>
      <p>{text(block.title) || text(block.name)}</p>
      <p className="mono">{text(block.uri)}</p>
      {text(block.description) && <p className="muted">{text(block.description)}</p>}
    </div>
  );
}

function Resource({ resource }: { resource: Fields }) {
  return (
    <div className={styles.resource}>
      <p className="mono">{text(resource.uri)}</p>
      {typeof resource.text === "string" ? (
        <LongText text={resource.text} />
      ) : (
        <Sized kind="Bytes" mime={text(resource.mimeType)} data={text(resource.blob)} />
      )}
    </div>
  );
}

/** One block of any kind; what is not known is shown as JSON. */
export function Block({ block }: { block: unknown }): ReactNode {
  if (!isFields(block)) return <LongText text={JSON.stringify(block)} />;
  switch (block.type) {
    case "text":
      return <LongText text={text(block.text)} />;
    case "image":
      return <Picture block={block} />;
    case "audio":
      return <Sized kind="Sound" mime={text(block.mimeType)} data={text(block.data)} />;
    case "resource_link":
      return <Link block={block} />;
    case "resource":
      return isFields(block.resource) ? <Resource resource={block.resource} /> : null;
    default:
      return <LongText text={JSON.stringify(block, null, 2)} />;
  }
}
