import type { ChatPlan } from "./chats.ts";
import { everydayKinds } from "./kinds/everyday.ts";
import type { MessageKind } from "./kinds/kind.ts";
import { mix, seedOf } from "./random.ts";
import { fraction } from "./timeline.ts";

/** A place where a message of a special kind stands. */
interface Planted {
  readonly kind: MessageKind;
  readonly ordinal: number;
}

export interface KindPlan {
  /** The kind of a message and which of its kind it is. */
  readonly kindAt: (chatNo: number, index: number) => Planted;
}

/** Documented limits let one picture per second and chat through, so this bounds the time that a whole backup takes. */
export const maxHostedPerChat = 14;

const totalWeight = everydayKinds.reduce((sum, kind) => sum + (kind.weight ?? 0), 0);

function everyday(chat: ChatPlan, index: number): Planted {
  let at = fraction(chat, index, 3) * totalWeight;
  for (const kind of everydayKinds) {
    at -= kind.weight ?? 0;
    if (at < 0) return { kind, ordinal: index };
  }
  return { kind: everydayKinds[0] as MessageKind, ordinal: index };
}

/**
 * Plants every special kind in chats that suit it, in turns, so that no chat has more than `maxHostedPerChat` hosted
 * contents and everyday messages remain the majority wherever the tenant is large enough.
 */
export function planKinds(seed: string, chats: readonly ChatPlan[], special: readonly MessageKind[]): KindPlan {
  const planted = chats.map(() => new Map<number, Planted>());
  const hosted = chats.map(() => 0);
  let turn = seedOf(seed, "planting") % 7;

  const fits = (chat: ChatPlan, no: number, kind: MessageKind): boolean =>
    !chat.plain &&
    (kind.chatTypes?.includes(chat.chatType) ?? true) &&
    (hosted[no] ?? 0) + (kind.hosted ?? 0) <= maxHostedPerChat &&
    (planted[no]?.size ?? 0) < chat.messages * 0.6;

  const plant = (kind: MessageKind, ordinal: number): void => {
    for (let tries = 0; tries < chats.length; tries++) {
      const no = turn++ % chats.length;
      const chat = chats[no] as ChatPlan;
      if (!fits(chat, no, kind)) continue;
      plantAt(no, kind, ordinal);
      return;
    }
  };

  const plantAt = (no: number, kind: MessageKind, ordinal: number): void => {
    const chat = chats[no] as ChatPlan;
    const places = planted[no] as Map<number, Planted>;
    let index = mix(seedOf(kind.name, ordinal), chat.seed) % chat.messages;
    while (places.has(index)) index = (index + 1) % chat.messages;
    places.set(index, { kind, ordinal });
    hosted[no] = (hosted[no] ?? 0) + (kind.hosted ?? 0);
  };

  const rounds = Math.max(0, ...special.map((kind) => kind.copies ?? 2));
  for (let round = 0; round < rounds; round++) {
    for (const kind of special) if (round < (kind.copies ?? 2)) plant(kind, round);
  }
  fillGalleries(
    chats,
    special,
    (no, kind, ordinal) => fits(chats[no] as ChatPlan, no, kind) && plantAt(no, kind, ordinal),
  );
  return {
    kindAt: (chatNo, index) => planted[chatNo]?.get(index) ?? everyday(chats[chatNo] as ChatPlan, index),
  };
}

/** The two busiest chats reach the limit, so that the slowest documented path is walked in every whole backup. */
function fillGalleries(
  chats: readonly ChatPlan[],
  special: readonly MessageKind[],
  plant: (no: number, kind: MessageKind, ordinal: number) => unknown,
): void {
  const picture = special.find((kind) => kind.name === "picture");
  if (picture === undefined) return;
  const busiest = chats.map((chat, no) => ({ chat, no })).filter(({ chat }) => !chat.plain);
  busiest.sort((a, b) => b.chat.messages - a.chat.messages);
  for (const { no } of busiest.slice(0, 2)) {
    for (let n = 0; n < maxHostedPerChat; n++) plant(no, picture, 1_000 + n);
  }
}
