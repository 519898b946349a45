import type { Field, Form } from "@/rooms/forms";

const FORMATS = ["credit_code", "id_number", "mail", "phone"];

/** Fields by which two records are recognised as perhaps one: what they are called, and their numbers and addresses. */
export const evidence = (form: Form): Field[] =>
  form.fields.filter((f) => (f.key === form.title && f.kind === "text") || FORMATS.includes(f.format ?? f.kind));
