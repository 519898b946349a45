import type { CSSProperties } from "react";

/** Line icons on a 20 px grid. Names say what is meant, not what is drawn. */
const PATHS = {
  home: "M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-3.5v-5h-5v5H4a1 1 0 0 1-1-1z",
  todo: "M4 3.5h12a.5.5 0 0 1 .5.5v12a.5.5 0 0 1-.5.5H4a.5.5 0 0 1-.5-.5V4a.5.5 0 0 1 .5-.5zM6.8 10l2.2 2.3 4.2-4.6",
  approval:
    "M15 8V3.5H4.5v13H9M7 7h5M7 10h3M14 11.5a1.6 1.6 0 0 1 .9 2.9l.4 1.1h1.7V18h-6v-2.5h1.7l.4-1.1A1.6 1.6 0 0 1 14 11.5z",
  customer:
    "M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c0-3 2.3-5 5.5-5s5.5 2 5.5 5M12.5 3.8a3 3 0 0 1 1 5.5M14.5 11.9c1.9.7 3 2.4 3 4.6",
  contract: "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M7.5 10h5.5M7.5 13h5.5",
  shield: "M10 2.5 16 5v4.5c0 3.7-2.5 6.4-6 8-3.5-1.6-6-4.3-6-8V5zM7.3 10l2 2 3.5-3.8",
  card: "M3 5h14v10H3zM5.5 12.5c.2-1.2 1-1.8 2-1.8s1.8.6 2 1.8M7.5 9.2a1.1 1.1 0 1 0 0-2.2 1.1 1.1 0 0 0 0 2.2M12 8.5h3M12 11.5h3",
  ticket:
    "M4 12v-2a6 6 0 0 1 12 0v2M4 11.5h1.5a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM16 11.5h-1.5a1 1 0 0 0-1 1V15a1 1 0 0 0 1 1h.5a1 1 0 0 0 1-1z",
  money: "M4 4.5h12v12H4zM7 3v3M13 3v3M7.8 8l2.2 3 2.2-3M10 11v3.5M8 11.5h4M8 13.2h4",
  gauge:
    "M10 3.5a6.8 6.8 0 0 0-5.3 11c.3.4.8.5 1.3.500h8c.5 0 1-.1 1.3-.5A6.8 6.8 0 0 0 10 3.5zM10 11l2.8-3.3M6 10H5M15 10h-1M10 6.5v-1",
  alert: "M5.5 13V10a4.5 4.5 0 0 1 9 0v3M3.5 16.5h13M4.5 13.5h11v3h-11zM10 2v1.5M3.5 5l1 .8M16.5 5l-1 .8",
  report: "M3.5 3.5v13h13M7 14v-4M10 14V7M13 14v-5M16 14v-3",
  calendar: "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5",
  mail: "M3 5h14v10.5H3zM3 6l7 5 7-5",
  flow: "M3.5 3.5h5v4h-5zM11.5 12.5h5v4h-5zM6 7.5v3a1.5 1.5 0 0 0 1.5 1.5h0M6 7.5V13a1.5 1.5 0 0 0 1.5 1.5h4M8.5 5.5H14v7",
  flask: "M8 3h4M8.5 3v5L4.5 15.5a1 1 0 0 0 .9 1.5h9.2a1 1 0 0 0 .9-1.5L11.5 8V3M6.5 12.5h7",
  upload: "M10 12.5V3.5M6.5 7 10 3.5 13.5 7M3.5 12v4h13v-4",
  download: "M10 3.5v9M6.5 9l3.5 3.5L13.5 9M3.5 12v4.5h13V12",
  settings:
    "M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M15.3 4.7l-1.4 1.4M6.1 13.9l-1.4 1.4",
  search: "M8.8 14.5a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4zM13 13l4 4",
  plus: "M10 4v12M4 10h12",
  addCircle: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 7v6M7 10h6",
  help: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8.2A2 2 0 1 1 10 10.3v1M10 13.3v.4",
  bell: "M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.5H4zM8.5 17h3M10 3v1.5",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l2.5 2",
  hourglass: "M6 3h8M6 17h8M7 3v3.5l3 3.5 3-3.5V3M7 17v-3.5l3-3.5 3 3.5V17",
  warning: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.5V11M10 13.2v.4",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9v4.5M10 6.5v.4",
  check: "M4.5 10.5 8.5 14.5 15.5 6",
  checkCircle: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM6.8 10l2.3 2.4 4.2-4.6",
  close: "M5 5l10 10M15 5 5 15",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  rightward: "M8 5l5 5-5 5",
  leftward: "M12 5l-5 5 5 5",
  arrowUp: "M10 16V4M5.5 8.5 10 4l4.5 4.5",
  arrowDown: "M10 4v12M5.5 11.5 10 16l4.5-4.5",
  arrowRight: "M4 10h12M11.5 5.5 16 10l-4.5 4.5",
  fall: "M3 6l4.5 4.5 3-2.5 6 6M16.5 10v4h-4",
  rise: "M3 14l4.5-4.5 3 2.5 6-6M16.5 10V6h-4",
  filter: "M3.5 4.5h13L12 10.5V16l-4-2v-3.5z",
  group: "M3.5 3.5h13v4h-13zM6 10.5h10.5M6 13.5h10.5M6 16.5h10.5",
  sort: "M6 4v12M3.5 13.5 6 16l2.5-2.5M11 5h5.5M11 9h4.5M11 13h3",
  columns: "M3.5 4h13v12h-13zM3.5 8h13M8 4v12M12.5 4v12",
  list: "M7 5h9.5M7 10h9.5M7 15h9.5M3.5 5h.5M3.5 10h.5M3.5 15h.5",
  board: "M3.5 3.5h3.5v13H3.5zM8.5 3.5h3.5v8H8.5zM13.5 3.5H17v10h-3.5z",
  more: "M4.5 10h.4M9.8 10h.4M15.1 10h.4",
  edit: "M4 13.5V16h2.5L15 7.5 12.5 5zM11 6.5 13.5 9",
  trash: "M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5",
  expand: "M12 3.5h4.5V8M16.5 3.5 11.5 8.5M8 16.5H3.5V12M3.5 16.5l5-5",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1",
  person: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3.3 2.5-5.5 6-5.5s6 2.2 6 5.5",
  transfer:
    "M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c0-3 2.3-5 5.5-5 1 0 1.9.2 2.7.6M12 14.5h5.5M15 12l2.5 2.5L15 17",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3 10h14M10 3c2.2 2 3 4.3 3 7s-.8 5-3 7c-2.2-2-3-4.3-3-7s.8-5 3-7z",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9M10 12v2",
  eye: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  eyeOff:
    "M3.5 3.5l13 13M8 5.3c.6-.2 1.3-.3 2-.3 4.5 0 7.5 5 7.5 5s-.8 1.4-2.3 2.7M12.7 14.5c-.8.3-1.7.5-2.7.5-4.5 0-7.5-5-7.5-5s1.1-1.9 3.1-3.4M8.3 8.5a2.3 2.3 0 0 0 3.2 3.2",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4 6.5 6.5 0 1 0 16 11.5z",
  logout: "M8 3.5H4v13h4M12 6.5 15.5 10 12 13.5M15.5 10H8",
  collapse: "M3.5 4.5h13M9 10h7.5M3.5 15.5h13M6.5 7.5 3.5 10l3 2.5",
  pause: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8.3 7.5v5M11.7 7.5v5",
  play: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8.5 7.2v5.6l4.5-2.8z",
  forbid: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.2l9.6 9.6",
  archive:
    "M15.5 9V5.5L12 2.5H4.5v15h5M7 7h5M7 10h4M13.8 17.8a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6zM12.4 14.5l1.1 1.1 1.9-2",
  history: "M3.5 10a6.5 6.5 0 1 0 2-4.7L3.5 7M3.5 3.5V7H7M10 6.5V10l2.5 1.5",
  phone:
    "M6.5 3.5 8 7 6.3 8.3c.8 2.4 3 4.6 5.4 5.4L13 12l3.5 1.5v2.3c0 .700-.6 1.2-1.3 1.1C8.6 16.3 3.7 11.4 3.1 4.8 3 4.1 3.5 3.5 4.2 3.5z",
  chat: "M10 3.5c3.9 0 7 2.7 7 6s-3.1 6-7 6c-.8 0-1.6-.1-2.3-.3L4 16.5l.9-2.9A5.6 5.6 0 0 1 3 9.5c0-3.3 3.1-6 7-6zM7 9.5h.4M9.8 9.5h.4M12.6 9.5h.4",
  refresh: "M16.5 4v4h-4M3.5 16v-4h4M4.5 8a6 6 0 0 1 10.5-1.5L16.5 8M15.5 12a6 6 0 0 1-10.5 1.5L3.5 12",
  undo: "M7 4 3.5 7.5 7 11M3.5 7.5H12a4.5 4.5 0 0 1 0 9H8",
  bolt: "M11 2.5 4.5 11H9l-.5 6.5L15.5 9H11z",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  table: "M3.5 4h13v12h-13zM3.5 8h13M3.5 12h13M8.5 8v8",
  gallery: "M3.5 3.5h5.5v5.5H3.5zM11 3.5h5.5v5.5H11zM3.5 11h5.5v5.5H3.5zM11 11h5.5v5.5H11z",
  pin: "M7 3h6l-.8 5 2.3 2.5v1.5h-9v-1.5L7.8 8zM10 12v5",
  drop: "M10 3c2.6 3.3 4.5 5.7 4.5 8.2a4.5 4.5 0 0 1-9 0C5.5 8.7 7.4 6.3 10 3z",
  image: "M3.5 4h13v12h-13zM6 13l3-3.5 2.5 2.5 2-2 3 3.5",
  people: "M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4.5 17c0-3.2 2.3-5.3 5.5-5.3s5.5 2.1 5.5 5.3",
  formula: "M15 5.5C14.5 4 12.3 3.8 11.5 6L8.5 14.5c-.8 2.2-3 2-3.5.5M6.5 8.5H13M12 12l4.5 4.5M16.5 12 12 16.5",
  excel: "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M8 9.5l4 5M12 9.5l-4 5",
  grid: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM11.5 11.5h5v5h-5zM6 11.5v5M3.5 14h5",
  send: "M17 3.5 3 9l5.5 2.5L11 17zM8.5 11.5 17 3.5",
  spark: "M10 3v4M10 13v4M3 10h4M13 10h4M5.5 5.5 8 8M12 12l2.5 2.5M14.5 5.5 12 8M8 12l-2.5 2.5",
} as const;

/** Solid shapes, for the levels that must read in grey-scale print too. */
const SOLID = {
  flame:
    "M10 2.2c.6 2.6 5.3 5 5.3 9.6A5.3 5.3 0 0 1 10 17.3a5.3 5.3 0 0 1-5.3-5.5c0-2 1-3.5 2.2-4.7.2 1.3.7 2 1.5 2.3C8.2 6.8 8.5 4.2 10 2.2z",
  bang: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zm-1 3.7.25 5h1.5l.25-5zm1 6.3a.95.95 0 1 0 0 1.9.95.95 0 0 0 0-1.9z",
  tick: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zm3.1 4.4-4.2 4.6-1.9-2-1.1 1 3 3.2 5.3-5.8z",
} as const;

export type IconName = keyof typeof PATHS | keyof typeof SOLID;

export function Icon({ name, size = 18, style }: { name: IconName; size?: number; style?: CSSProperties }) {
  const solid = name in SOLID;
  const d = solid ? SOLID[name as keyof typeof SOLID] : PATHS[name as keyof typeof PATHS];
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
      style={{ flex: "none", display: "block", ...style }}
    >
      {solid ? (
        <path d={d} fill="currentColor" fillRule="evenodd" />
      ) : (
        <path d={d} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
      )}
    </svg>
  );
}

/** The product's mark. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" style={{ flex: "none", display: "block" }}>
      <rect width="24" height="24" rx="6" fill="#1B7A57" />
      <path d="M12 4.2 7.6 10h2L6.8 14h4.3v4.2h1.8V14h4.3l-2.8-4h2z" fill="#fff" />
    </svg>
  );
}
