import { attachment } from "../chat-message.ts";
import type { SharedFile } from "../files.ts";
import { escapeHtml, html, type MessageKind } from "./kind.ts";

const fileAttachment = (file: SharedFile): ReturnType<typeof attachment> =>
  attachment({ id: file.id, contentType: "reference", contentUrl: file.contentUrl, name: file.name });

/** Shared files; the same file turns up in several chats because there are more places than files. */
export const fileKinds: readonly MessageKind[] = [
  {
    name: "file",
    copies: 130,
    usesFile: true,
    write: (w) =>
      w.file === undefined
        ? html(`<p>${escapeHtml(w.text)}</p>`)
        : {
            ...html(`<p>${escapeHtml(w.text)}</p><attachment id="${w.file.id}"></attachment>`),
            attachments: [fileAttachment(w.file)],
          },
  },
  {
    name: "fileWithoutTag",
    copies: 6,
    usesFile: true,
    write: (w) => ({ ...html(""), attachments: w.file === undefined ? [] : [fileAttachment(w.file)] }),
  },
];
