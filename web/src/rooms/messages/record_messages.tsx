export function RecordMessages({ form, id }: { form: string; id: number }) {
  return <span data-form={form} data-id={id} />;
}
