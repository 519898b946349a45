/**
 * What we read is what the server sends, and what we send is what it takes: checked by the compiler against the types
 * generated from the server's OpenAPI (`web/openapi/generate`). Nothing here runs.
 *
 * Our own types are narrower where the server says `string` and a few words are meant; a renamed or dropped field fails here.
 */
import type { Field, Form } from "@/rooms/forms";
import type { Department, Me, Person, Setup, State, Workspace } from "@/rooms/people";
import type { Count, Fault, Preview } from "@/rooms/records";
import type { components } from "./schema";

type Sent = components["schemas"];

type Required<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
/** The fields that we rely on and the server does not have. */
type Lacks<Server, Ours> = Exclude<Required<Ours>, keyof Server>;
type None<T extends never> = T;

export type Contract = [
  None<Lacks<Sent["State"], State>>,
  None<Lacks<Sent["Me"], Me>>,
  None<Lacks<Sent["Workspace"], Workspace>>,
  None<Lacks<Sent["PersonOut"], Person>>,
  None<Lacks<Sent["DepartmentOut"], Department>>,
  None<Exclude<keyof Setup, keyof Sent["Setup"]>>,
  None<Lacks<Sent["FormOut"], Form>>,
  None<Lacks<Sent["FieldOut"], Field>>,
  None<Lacks<Sent["perennial__http__records__Count"], Count>>,
  None<Lacks<Sent["Preview"], Preview>>,
  None<Lacks<Sent["FaultOut"], Fault>>,
];
