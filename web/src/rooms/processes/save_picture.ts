/** Text or a picture as a file of the reader. */
export function saved(content: string | Blob, name: string, type: string): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|]/g, "_");
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const SHARP = 2;

/** An SVG as PNG, at twice its size. */
export async function toPng(drawn: { text: string; width: number; height: number }, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([drawn.text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = drawn.width * SHARP;
    canvas.height = drawn.height * SHARP;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (made) saved(made, name, "image/png");
  } finally {
    URL.revokeObjectURL(url);
  }
}
