/** A contact or feedback form: its fields make one message; the answer comes into the conversation behind it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Form, FormField } from "../settings.ts";
import type { ModeStrings } from "../strings/modes/index.ts";
import { useShown } from "./context.ts";

export function FormView({ strings }: { strings: ModeStrings }): JSX.Element {
  const { session } = useShown();
  const { forms, to } = session.frame;
  const form = forms.find(({ name }) => name === session.host?.settings.form) ?? forms[0]!;
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<string | undefined>(undefined);
  const send = async (element: HTMLFormElement) => {
    setBusy(true);
    await session.attempt(async () => setSent(await session.client.send(to!, { text: messageOf(form, new FormData(element)) })));
    setBusy(false);
  };
  if (sent !== undefined) {
    const arrived = session.client.state.messages.find(({ hash }) => hash === sent)?.sending === "sent";
    return (
      <section class="form">
        <p class="thanks" role="status" data-sent={arrived}>
          {!arrived ? strings.formWaits : form.thanks === "" ? strings.formSent : form.thanks}
        </p>
        <div class="actions">
          <button type="button" onClick={() => session.show({ peer: to! })}>
            {strings.formAnswer}
          </button>
          <button type="button" onClick={() => setSent(undefined)}>
            {strings.formAgain}
          </button>
        </div>
      </section>
    );
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget);
      }}
    >
      {form.title !== "" && <h2 dir="auto">{form.title}</h2>}
      {form.fields.map((field, index) => (
        <label key={index}>
          {field.label}
          {field.required && <span aria-hidden="true"> *</span>}
          <Input field={field} name={`f${index}`} choose={strings.formChoose} />
        </label>
      ))}
      <button type="submit" class="primary" disabled={busy}>
        {strings.formSend}
      </button>
    </form>
  );
}

function Input({ field, name, choose }: { field: FormField; name: string; choose: string }): JSX.Element {
  const { required } = field;
  if (field.kind === "text") return <textarea name={name} required={required} rows={4} maxLength={field.chars} dir="auto" />;
  if (field.kind === "choice") {
    return (
      <select name={name} required={required}>
        <option value="">{choose}</option>
        {field.options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    );
  }
  const rest = { name, required, maxLength: field.chars, dir: "auto" } as const;
  return field.kind === "email" ? <input type="email" {...rest} /> : <input type="text" {...rest} />;
}

/** The one message: a line for each field that was filled in, longer texts below their labels. */
export function messageOf({ title, fields }: Form, values: FormData): string {
  const lines = fields.flatMap(({ label }, index) => {
    const value = String(values.get(`f${index}`) ?? "").trim();
    return value === "" ? [] : [value.includes("\n") ? `${label}:\n${value}` : `${label}: ${value}`];
  });
  return [...(title === "" ? [] : [`**${title}**`]), ...lines].join("\n");
}
