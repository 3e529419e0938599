import type { Random } from "../random.ts";

export type Language = "en" | "de" | "fr" | "ru" | "el" | "zh" | "ja" | "ko" | "ar" | "he" | "hi" | "th";

interface Phrases {
  readonly openings: readonly string[];
  readonly middles: readonly string[];
  readonly endings: readonly string[];
  /** What separates the parts. */
  readonly space: string;
}

const phrases: Record<Language, Phrases> = {
  en: {
    openings: [
      "Hi all,",
      "Quick question:",
      "FYI –",
      "Thanks!",
      "Good morning,",
      "Just checked:",
      "Sorry, I was away.",
      "Heads-up:",
    ],
    middles: [
      "the budget for Q3 is approved",
      "can we move the review to Thursday",
      "the customer signed the contract",
      "the server room is too warm again",
      "I pushed the draft to the shared folder",
      "invoice 4711 is still open",
      "who takes the minutes today",
      "the new badge system goes live on Monday",
    ],
    endings: [
      "see you at 3 pm.",
      "please reply by tomorrow.",
      "no hurry.",
      "it's O(n²) & that's < ideal.",
      "let me know if that's OK.",
      "more in the meeting.",
      "great work!",
      "🙂",
    ],
    space: " ",
  },
  de: {
    openings: ["Guten Morgen,", "Kurze Frage:", "Zur Info:", "Danke schön!", "Übrigens:", "Servus zusammen,"],
    middles: [
      "die Größe des Gehäuses passt nicht",
      "können wir die Prüfung auf Donnerstag schieben",
      "der Kunde in Köln hat unterschrieben",
      "die Straßenbahn fällt heute aus",
      "das Angebot über 12.500,00 € liegt im Ordner",
      "wer führt heute Protokoll",
    ],
    endings: ["bis später!", "bitte bis morgen antworten.", "keine Eile.", "viele Grüße", "mehr dazu im Termin."],
    space: " ",
  },
  fr: {
    openings: ["Bonjour à tous,", "Petite question :", "Pour info,", "Merci !", "Désolée, j’étais absente."],
    middles: [
      "le budget du troisième trimestre est validé",
      "peut-on déplacer la réunion à jeudi",
      "le client a signé hier soir à Besançon",
      "où est passé le cœur du problème",
      "la pièce jointe est dans le dossier partagé",
    ],
    endings: ["à tout à l’heure.", "réponse avant demain, s’il vous plaît.", "rien ne presse.", "bonne journée !"],
    space: " ",
  },
  ru: {
    openings: ["Доброе утро,", "Короткий вопрос:", "К сведению:", "Спасибо!", "Коллеги,"],
    middles: [
      "бюджет на третий квартал утверждён",
      "можно перенести встречу на четверг",
      "клиент подписал договор",
      "счёт № 4711 ещё не оплачен",
      "черновик лежит в общей папке",
    ],
    endings: ["до встречи в 15:00.", "ответьте до завтра, пожалуйста.", "не срочно.", "отличная работа!"],
    space: " ",
  },
  el: {
    openings: ["Καλημέρα σας,", "Μια γρήγορη ερώτηση:", "Για ενημέρωση:", "Ευχαριστώ!"],
    middles: [
      "ο προϋπολογισμός εγκρίθηκε",
      "μπορούμε να μεταφέρουμε τη σύσκεψη την Πέμπτη",
      "ο πελάτης υπέγραψε το συμβόλαιο",
      "το σχέδιο είναι στον κοινό φάκελο",
    ],
    endings: ["τα λέμε στις 3 μ.μ.", "απαντήστε μέχρι αύριο.", "χωρίς βιασύνη.", "μπράβο!"],
    space: " ",
  },
  zh: {
    openings: ["大家好，", "请问，", "供参考：", "谢谢！"],
    middles: [
      "第三季度的预算已经批准",
      "可以把评审会改到星期四吗",
      "客户已经签了合同",
      "草稿放在共享文件夹里",
      "四千七百一十一号发票还没付",
    ],
    endings: ["下午三点见。", "请在明天之前回复。", "不着急。", "辛苦了！"],
    space: "",
  },
  ja: {
    openings: [
      "おはようございます。",
      "質問があります：",
      "ご参考まで、",
      "ありがとうございます！",
      "お疲れさまです。",
    ],
    middles: [
      "第三四半期の予算が承認されました",
      "レビューを木曜日に変更できますか",
      "お客様が契約書に署名しました",
      "下書きは共有フォルダーにあります",
      "ﾊﾝｶｸｶﾅの帳票がまた届きました",
    ],
    endings: ["午後３時に会いましょう。", "明日までにご返信ください。", "急ぎません。", "よろしくお願いします。"],
    space: "",
  },
  ko: {
    openings: ["안녕하세요,", "질문이 있습니다:", "참고로,", "감사합니다!"],
    middles: [
      "3분기 예산이 승인되었습니다",
      "검토 회의를 목요일로 옮길 수 있을까요",
      "고객이 계약서에 서명했습니다",
      "초안은 공유 폴더에 있습니다",
    ],
    endings: ["오후 3시에 봬요.", "내일까지 답변 부탁드립니다.", "급하지 않아요.", "수고하셨습니다!"],
    space: " ",
  },
  ar: {
    openings: ["صباح الخير،", "سؤال سريع:", "للعلم،", "شكرًا جزيلاً!"],
    middles: [
      "تمت الموافقة على ميزانية الربع الثالث",
      "هل يمكننا نقل الاجتماع إلى يوم الخميس",
      "وقّع العميل العقد رقم ٤٧١١",
      "المسودة في المجلد المشترك (Draft v2)",
    ],
    endings: ["أراكم الساعة ٣ مساءً.", "الرجاء الرد قبل الغد.", "لا داعي للعجلة.", "عمل رائع!"],
    space: " ",
  },
  he: {
    openings: ["בוקר טוב,", "שאלה קצרה:", "לידיעתכם,", "תודה רבה!"],
    middles: [
      "התקציב לרבעון השלישי אושר",
      "אפשר להעביר את הפגישה ליום חמישי",
      "הלקוח חתם על החוזה ABC-123",
      "הטיוטה נמצאת בתיקייה המשותפת",
    ],
    endings: ["נתראה בשלוש.", "נא להשיב עד מחר.", "לא דחוף.", "עבודה מצוינת!"],
    space: " ",
  },
  hi: {
    openings: ["सुप्रभात,", "एक छोटा सवाल:", "सूचना के लिए,", "धन्यवाद!"],
    middles: [
      "तीसरी तिमाही का बजट मंज़ूर हो गया है",
      "क्या हम समीक्षा गुरुवार को कर सकते हैं",
      "ग्राहक ने अनुबंध पर हस्ताक्षर कर दिए",
      "मसौदा साझा फ़ोल्डर में है",
    ],
    endings: ["तीन बजे मिलते हैं।", "कृपया कल तक उत्तर दें।", "कोई जल्दी नहीं।", "बहुत बढ़िया!"],
    space: " ",
  },
  th: {
    openings: ["สวัสดีครับ", "ขอถามหน่อย:", "แจ้งเพื่อทราบ", "ขอบคุณค่ะ!"],
    middles: [
      "งบประมาณไตรมาสที่สามได้รับอนุมัติแล้ว",
      "เลื่อนการประชุมเป็นวันพฤหัสบดีได้ไหม",
      "ลูกค้าเซ็นสัญญาแล้ว",
      "ร่างเอกสารอยู่ในโฟลเดอร์ที่แชร์",
    ],
    endings: ["เจอกันบ่ายสามโมง", "กรุณาตอบภายในพรุ่งนี้", "ไม่รีบครับ", "เยี่ยมมาก!"],
    space: " ",
  },
};

/** A plausible chat sentence; the number at the end makes almost every one findable by search. */
export function sentence(language: Language, random: Random): string {
  const p = phrases[language];
  const number = random.int(100_000);
  return [random.pick(p.openings), random.pick(p.middles), random.pick(p.endings), `#${number}`].join(p.space);
}
