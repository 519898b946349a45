const files = import.meta.glob<Record<string, string>>("./zh/*.json", { eager: true, import: "default" });
export default files;
