export { api, Problem, query, setCsrf, setRequestLanguage } from "./client";
export { keys } from "./keys";
export { queryClient } from "./queries";
