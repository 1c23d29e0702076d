/** An attachment: images are shown, everything else is offered for download; nothing is loaded from elsewhere. */

import type { JSX } from "preact";

import type { Attachment as Attached } from "../../protocol/wire/index.ts";
import { withoutPiles } from "../combining_marks.ts";
import { isImage, safeFileName } from "../file_names.ts";
import { filled } from "../strings/index.ts";
import { useStill } from "./context.ts";

const DATA = /^data:[^,]{0,1000},/;

export function Attachment({ attachment }: { attachment: Attached }): JSX.Element {
  const { strings } = useStill();
  const name = withoutPiles(safeFileName(attachment.name));
  if (isImage(attachment.data)) {
    return (
      <a class="image" href={attachment.data} download={name}>
        <img src={attachment.data} alt={name} loading="lazy" decoding="async" />
      </a>
    );
  }
  if (DATA.test(attachment.data)) {
    return (
      <a class="file" href={plainly(attachment.data)} download={name}>
        {filled(strings.download, { name })}
      </a>
    );
  }
  return <span class="file">{withoutPiles(attachment.data.slice(0, 200))}</span>;
}

/** The same bytes as a kind that no browser interprets. */
function plainly(data: string): string {
  const comma = data.indexOf(",");
  return `data:application/octet-stream${/;\s*base64\s*$/i.test(data.slice(0, comma)) ? ";base64" : ""}${data.slice(comma)}`;
}
