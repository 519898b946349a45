export function RecordTasks({ form, id }: { form: string; id: number; openOnly?: boolean }) {
  return <span data-form={form} data-id={id} />;
}
