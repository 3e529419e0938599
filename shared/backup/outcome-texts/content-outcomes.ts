import type { OutcomeText } from "../outcome-text.ts";

const AGAIN = "A later run tries again.";

/** Why a picture or a file is missing beside its message. */
export const contentOutcomes: Readonly<Record<string, OutcomeText>> = {
  "content.gone": { text: "It is no longer where the message points to.", remedy: "" },
  "content.no_access": {
    text: "The app may not read it.",
    remedy: "Check who may read the file, and the site's policies.",
  },
  "content.other_tenant": { text: "It belongs to another tenant.", remedy: "Only that tenant can give it." },
  "content.not_a_file": { text: "The link leads to a folder or a notebook.", remedy: "" },
  "content.malware": { text: "Microsoft found malware in it.", remedy: "" },
  "content.unsupported_link": { text: "The link leads to nothing that Microsoft Graph can resolve.", remedy: "" },
  "content.host_refused": {
    text: "Its bytes lie on a host that is not allowed.",
    remedy: "If the host is Microsoft's, the operator of this service adds it to CONTENT_HOSTS.",
  },
  "content.too_large": { text: "It is larger than this service keeps.", remedy: "" },
  "content.address_too_long": { text: "Its address is too long to be kept.", remedy: "" },
  "content.pending": { text: "It has not been fetched yet.", remedy: AGAIN },
  "content.interrupted": { text: "Its bytes broke off.", remedy: AGAIN },
  "content.size_mismatch": { text: "Its host ends it where its metadata says that more follows.", remedy: AGAIN },
  "content.changed": { text: "It changed while it was read.", remedy: AGAIN },
  "content.timeout": { text: "Its host was too slow.", remedy: AGAIN },
  "content.not_resumable": { text: "Its host is too slow for one try and allows no other.", remedy: AGAIN },
  "content.host_unavailable": { text: "Its host did not answer.", remedy: AGAIN },
  "content.redirect_loop": { text: "One address leads to another, and none to the file.", remedy: AGAIN },
  "content.locked": { text: "It is locked.", remedy: AGAIN },
  "content.unauthorized": { text: "Microsoft Graph did not accept the app's token for it.", remedy: AGAIN },
  "content.link_expired": { text: "Its short-lived address had expired.", remedy: AGAIN },
  "content.sign_in_page": { text: "A sign-in page came in its place.", remedy: AGAIN },
  "content.unexpected": {
    text: "Something unexpected went wrong in this service when it was fetched.",
    remedy: "A later run tries again. If it lasts over several runs, tell support this code and the time of the run.",
  },
};
