import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { createBrowserRouter, Link, Navigate, useLocation, useRouteError } from "react-router";
import { RouterProvider } from "react-router/dom";
import { Problem, queryClient } from "@/api";
import { type Language, setLanguage } from "@/i18n";
import { Empty, Failure, Lines } from "@/kit";
import { Full } from "@/rooms/design/full";
import { formsQuery } from "@/rooms/forms";
import { meQuery } from "@/rooms/people";
import { Shell } from "@/shell/shell";
import { Theme } from "@/theme";

/** Who is here decides: first start, login, or the shell. */
function Gate({ full = false }: { full?: boolean }) {
  const me = useQuery(meQuery);
  const forms = useQuery({ ...formsQuery, enabled: me.isSuccess });
  const location = useLocation();
  const { i18n } = useTranslation();
  const language: Language | undefined = me.data?.language;
  const chosenHere = localStorage.getItem("perennial.language");
  useEffect(() => {
    // the person's stored language, unless this browser has chosen one
    if (language && !chosenHere && language !== i18n.language) void setLanguage(language);
  }, [language, chosenHere, i18n]);

  if (me.isError) {
    if (me.error instanceof Problem && me.error.status === 401) {
      const next = location.pathname === "/" ? "" : `?next=${encodeURIComponent(location.pathname + location.search)}`;
      return <Navigate to={`/login${next}`} replace />;
    }
    return <Failure error={me.error} retry={() => void me.refetch()} />;
  }
  if (forms.isError) return <Failure error={forms.error} retry={() => void forms.refetch()} />;
  if (!me.data || !forms.data) return <Lines rows={12} />;
  return full ? <Full /> : <Shell />;
}

function Landing() {
  const me = useQuery(meQuery).data;
  return <Navigate to={me?.landing?.startsWith("/") ? me.landing : "/home"} replace />;
}

function Missing() {
  const { t } = useTranslation();
  return <Empty actions={<Link to="/home">{t("shell:page_missing_go")}</Link>}>{t("shell:page_missing")}</Empty>;
}

function Broken() {
  const { t } = useTranslation();
  const error = useRouteError();
  console.error(error);
  return (
    <Empty actions={<Button onClick={() => window.location.reload()}>{t("retry")}</Button>}>
      {t("shell:page_broken")}
    </Empty>
  );
}

const FullGate = () => <Gate full />;

const router = createBrowserRouter([
  { path: "/login", lazy: async () => ({ Component: (await import("@/rooms/people/login")).LoginPage }) },
  { path: "/setup", lazy: async () => ({ Component: (await import("@/rooms/people/setup")).SetupPage }) },
  {
    Component: FullGate,
    ErrorBoundary: Broken,
    HydrateFallback: () => <Lines rows={12} />,
    children: [
      {
        path: "/design/forms/:key",
        lazy: async () => ({ Component: (await import("@/rooms/forms/form_designer")).FormDesignerPage }),
      },
      {
        path: "/design/decisions/:key",
        lazy: async () => ({ Component: (await import("@/rooms/decisions/decision_designer")).DecisionDesignerPage }),
      },
      {
        path: "/design/rules/:key",
        lazy: async () => ({ Component: (await import("@/rooms/rules/rule_designer")).RuleDesignerPage }),
      },
      {
        path: "/design/audiences/:key",
        lazy: async () => ({ Component: (await import("@/rooms/templates/audience_designer")).AudienceDesignerPage }),
      },
      {
        path: "/design/templates/:key",
        lazy: async () => ({ Component: (await import("@/rooms/templates/template_designer")).TemplateDesignerPage }),
      },
      {
        path: "/design/processes/:key",
        lazy: async () => ({ Component: (await import("@/rooms/processes/flow_designer")).FlowDesignerPage }),
      },
    ],
  },
  {
    path: "/",
    Component: () => <Gate />,
    ErrorBoundary: Broken,
    HydrateFallback: () => <Lines rows={12} />,
    children: [
      { index: true, Component: Landing },
      {
        ErrorBoundary: Broken,
        children: [
          {
            path: "home",
            lazy: async () => ({ Component: (await import("@/rooms/tasks/workbench_page")).WorkbenchPage }),
          },
          {
            path: "tasks",
            lazy: async () => ({ Component: (await import("@/rooms/tasks/tasks_page")).TasksPage }),
          },
          {
            path: "approvals",
            lazy: async () => ({ Component: (await import("@/rooms/approvals/approvals_page")).ApprovalsPage }),
          },
          {
            path: "approvals/:vote",
            lazy: async () => ({ Component: (await import("@/rooms/approvals/approval_page")).ApprovalPage }),
          },
          {
            path: "imports",
            lazy: async () => ({ Component: (await import("@/rooms/imports/imports_page")).ImportsPage }),
          },
          {
            path: "exports",
            lazy: async () => ({ Component: (await import("@/rooms/exports/exports_page")).ExportsPage }),
          },
          {
            path: "imports/new",
            lazy: async () => ({ Component: (await import("@/rooms/imports/upload_page")).UploadPage }),
          },
          {
            path: "imports/zip",
            lazy: async () => ({ Component: (await import("@/rooms/imports/zip_upload_page")).ZipUploadPage }),
          },
          {
            path: "imports/zip/:id",
            lazy: async () => ({ Component: (await import("@/rooms/imports/zip_page")).ZipPage }),
          },
          {
            path: "imports/:id",
            lazy: async () => ({ Component: (await import("@/rooms/imports/wizard_page")).WizardPage }),
          },
          { path: "r/:form", lazy: async () => ({ Component: (await import("@/rooms/records/list_page")).ListPage }) },
          {
            path: "r/:form/deleted",
            lazy: async () => ({ Component: (await import("@/rooms/history/bin_page")).BinPage }),
          },
          {
            path: "r/:form/:id/history",
            lazy: async () => ({ Component: (await import("@/rooms/history/history_page")).HistoryPage }),
          },
          {
            path: "r/:form/:id",
            lazy: async () => ({ Component: (await import("@/rooms/records/record_page")).RecordPage }),
          },
          {
            path: "r/:form/duplicates",
            lazy: async () => ({ Component: (await import("@/rooms/merge/duplicates_page")).DuplicatesPage }),
          },
          {
            path: "r/:form/:id/merge",
            lazy: async () => ({ Component: (await import("@/rooms/merge/merge_page")).MergePage }),
          },
          {
            path: "dashboards/:key",
            lazy: async () => ({ Component: (await import("@/rooms/reports/dashboard_page")).DashboardPage }),
          },
          {
            path: "plan",
            lazy: async () => ({ Component: (await import("@/rooms/processes/plan_page")).PlanPage }),
          },
          {
            path: "messages",
            lazy: async () => ({ Component: (await import("@/rooms/messages/outbox_page")).OutboxPage }),
          },
          {
            path: "channels",
            lazy: async () => ({ Component: (await import("@/rooms/channels/channels_page")).ChannelsPage }),
          },
          {
            path: "notices",
            lazy: async () => ({ Component: (await import("@/rooms/messages/notices_page")).NoticesPage }),
          },
          {
            path: "design/forms",
            lazy: async () => ({ Component: (await import("@/rooms/forms/forms_page")).FormsPage }),
          },
          {
            path: "design/templates",
            lazy: async () => ({ Component: (await import("@/rooms/templates/templates_page")).TemplatesPage }),
          },
          {
            path: "design/decisions",
            lazy: async () => ({ Component: (await import("@/rooms/decisions/decisions_page")).DecisionsPage }),
          },
          {
            path: "design/rules",
            lazy: async () => ({ Component: (await import("@/rooms/rules/rules_page")).RulesPage }),
          },
          {
            path: "alerts",
            lazy: async () => ({ Component: (await import("@/rooms/rules/alerts_page")).AlertsPage }),
          },
          {
            path: "processes",
            lazy: async () => ({ Component: (await import("@/rooms/processes/processes_page")).ProcessesPage }),
          },
          {
            path: "processes/:key",
            lazy: async () => ({ Component: (await import("@/rooms/processes/process_page")).ProcessPage }),
          },
          {
            path: "processes/:key/watch",
            lazy: async () => ({ Component: (await import("@/rooms/processes/watch_page")).WatchPage }),
          },
          {
            path: "processes/:key/migration",
            lazy: async () => ({ Component: (await import("@/rooms/processes/migration_page")).MigrationPage }),
          },
          {
            path: "simulations",
            lazy: async () => ({ Component: (await import("@/rooms/simulations/simulations_page")).SimulationsPage }),
          },
          {
            path: "simulations/compare",
            lazy: async () => ({ Component: (await import("@/rooms/simulations/compare_page")).ComparePage }),
          },
          {
            path: "simulations/:id",
            lazy: async () => ({ Component: (await import("@/rooms/simulations/simulation_page")).SimulationPage }),
          },
          {
            path: "people",
            lazy: async () => ({ Component: (await import("@/rooms/people/people_page")).PeoplePage }),
          },
          {
            path: "people/import",
            lazy: async () => ({ Component: (await import("@/rooms/people/roster_page")).RosterPage }),
          },
          {
            path: "handover",
            lazy: async () => ({ Component: (await import("@/rooms/people/handover_page")).HandoverPage }),
          },
          {
            path: "access",
            lazy: async () => ({ Component: (await import("@/rooms/access/access_page")).AccessPage }),
          },
          {
            path: "database",
            lazy: async () => ({ Component: (await import("@/rooms/system/database_page")).DatabasePage }),
          },
          { path: "me", lazy: async () => ({ Component: (await import("@/shell/me_page")).MePage }) },
          { path: "*", Component: Missing },
        ],
      },
    ],
  },
]);

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Theme>
        <RouterProvider router={router} />
      </Theme>
    </QueryClientProvider>
  );
}
