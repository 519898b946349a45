import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/kit";

const KEYS: [string[], string][] = [
  [["Ctrl", "K"], "key_search"],
  [["/"], "key_find"],
  [["J", "K"], "key_move"],
  [["Enter"], "key_open"],
  [["E"], "key_finish"],
  [["A", "R"], "key_decide"],
  [["T"], "key_transfer"],
  [["S"], "key_snooze"],
  [["C"], "key_create"],
  [["X"], "key_select"],
  [["F"], "key_filter"],
  [["Ctrl", "Z"], "key_undo"],
  [["G", "H"], "key_home"],
  [["G", "C"], "key_customers"],
  [["G", "K"], "key_contracts"],
  [["G", "P"], "key_plan"],
  [["Esc"], "key_close"],
  [["?"], "key_keys"],
];

export function KeyList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={t("shell:keys")} footer={null} onCancel={onClose} width={560}>
      <div className="key-list">
        {KEYS.map(([keys, text]) => (
          <div key={text}>
            <span className="row" style={{ gap: 4, minWidth: 72 }}>
              {keys.map((k) => (
                <Kbd key={k}>{k}</Kbd>
              ))}
            </span>
            {t(`shell:${text}`)}
          </div>
        ))}
      </div>
    </Modal>
  );
}
