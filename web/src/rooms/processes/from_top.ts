/** Where a picture of a process begins: whole if it fits, else with its starts at the top. */
import type { Edge, FitViewOptions, Node, ReactFlowInstance } from "@xyflow/react";

const EDGE = 24; // px above the starts

export const fromTop =
  <N extends Node, E extends Edge>(options: FitViewOptions<N>) =>
  async (flow: ReactFlowInstance<N, E>): Promise<void> => {
    await flow.fitView(options);
    const { x, y, zoom } = flow.getViewport();
    const top = flow.getNodesBounds(flow.getNodes()).y * zoom;
    if (top + y < EDGE) await flow.setViewport({ x, y: EDGE - top, zoom });
  };
