import { createContext, useContext } from "react";

/** The workspace's own clock and zone: no screen asks the browser what day it is. */
export interface Clock {
  today: string;
  now: string;
  zone: string;
}
export const ClockContext = createContext<Clock>({ today: "1970-01-01", now: "1970-01-01T00:00:00Z", zone: "UTC" });
export const useClock = () => useContext(ClockContext);
