// How does a sentence of the gateway stand on the page? It marks names with backticks; everything stays text.

export function Marked({ sentence }: { sentence: string }) {
  return sentence.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
