/** An attachment: images are shown, everything else is offered for download; nothing is loaded from elsewhere. */

import type { JSX } from "preact";

import type { Attachment as Attached } from "../../protocol/wire/index.ts";
import { filled } from "../strings/index.ts";
import { useStill } from "./context.ts";

const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*$/;
const DATA = /^data:[^,]*,/;

export function Attachment({ attachment }: { attachment: Attached }): JSX.Element {
  const { strings } = useStill();
  const name = attachment.name ?? "file";
  if (IMAGE.test(attachment.data)) {
    return (
      <a class="image" href={attachment.data} download={name}>
        <img src={attachment.data} alt={name} loading="lazy" />
      </a>
    );
  }
  if (DATA.test(attachment.data)) {
    return (
      <a class="file" href={attachment.data} download={name}>
        {filled(strings.download, { name })}
      </a>
    );
  }
  return <span class="file">{attachment.data.slice(0, 200)}</span>;
}
