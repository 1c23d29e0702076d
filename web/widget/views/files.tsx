/** The files that were chosen and are not sent yet: what they are, and taking them out again. */

import type { JSX } from "preact";

import { foreseen } from "../../client/foreseen.ts";
import { inWords, sizeOf } from "../attaching.ts";
import { isImage } from "../file_names.ts";
import type { AttachingStrings } from "../strings/attaching/index.ts";
import { filled } from "../strings/index.ts";
import { useShown } from "./context.ts";
import { FILES_LOOK } from "./files.css.ts";
import { look } from "./look.ts";

look(FILES_LOOK);

export function ChosenFiles({ peer, words, limit }: { peer: string; words: AttachingStrings; limit: number }): JSX.Element {
  const { session } = useShown();
  const { files } = session.client.unsent(peer);
  const size = files.reduce((sum, { data }) => sum + sizeOf(data), 0);
  return (
    <>
      <ul class="files" aria-label={words.chosen}>
        {files.map(({ name = "", data }, at) => (
          <li key={at}>
            {isImage(data) && <img src={data} alt="" />}
            <bdi>{name}</bdi>
            <button
              type="button"
              aria-label={filled(words.remove, { name })}
              onClick={() => {
                void session.client.keepUnsent(peer, { files: files.filter((_, other) => other !== at) }).catch(foreseen);
                document.querySelector("textarea")?.focus();
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">{filled(words.together, { size: inWords(size), limit: inWords(limit) })}</p>
    </>
  );
}
