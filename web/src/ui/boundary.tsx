// What is shown when a page cannot be? It could not be fetched, or met a bug: the rest of the dashboard stays usable.
import { Component, type ReactNode } from "react";
import { Notice } from "./notice.tsx";

interface State {
  readonly failed: boolean;
}

export class Boundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice
        title="This page cannot be shown"
        text="The gateway did not send it, or it met a bug. After an update of the gateway, loading the dashboard anew helps."
      >
        <button type="button" onClick={() => location.reload()}>
          Load anew
        </button>
      </Notice>
    );
  }
}
