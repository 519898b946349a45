/** The server counts characters, the editor UTF-16 units: an emoji is one there and two here. */
export const characters = (text: string, at: number) => [...text.slice(0, at)].length;
export const units = (text: string, at: number) => [...text].slice(0, at).join("").length;
