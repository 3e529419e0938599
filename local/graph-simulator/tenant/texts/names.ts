import type { Language } from "./languages.ts";

/** Display names in many scripts with the ASCII part of their address. */
export const names: readonly { readonly displayName: string; readonly address: string; readonly language: Language }[] =
  [
    { displayName: "Adele Vance", address: "adele.vance", language: "en" },
    { displayName: "Zoë Strauß-Ångström", address: "zoe.strauss", language: "de" },
    { displayName: "Екатерина Смирнова", address: "ekaterina.smirnova", language: "ru" },
    { displayName: "田中 美咲", address: "misaki.tanaka", language: "ja" },
    { displayName: "محمد العلي", address: "mohammed.alali", language: "ar" },
    { displayName: "Νίκος Παπαδόπουλος", address: "nikos.papadopoulos", language: "el" },
    { displayName: "王小明", address: "xiaoming.wang", language: "zh" },
    { displayName: "Ana Ferreira (Gast)", address: "ana.ferreira", language: "en" },
    { displayName: "נועה כהן", address: "noa.cohen", language: "he" },
    { displayName: "François L’Écuyer", address: "francois.lecuyer", language: "fr" },
    { displayName: "प्रिया शर्मा", address: "priya.sharma", language: "hi" },
    { displayName: "สมชาย ใจดี", address: "somchai.jaidee", language: "th" },
    { displayName: "김민준", address: "minjun.kim", language: "ko" },
    { displayName: 'O\'Brien, Séamus "Shay"', address: "shay.obrien", language: "en" },
    { displayName: "Reception (shared)", address: "reception", language: "en" },
    { displayName: "Đặng Thị Hương", address: "huong.dang", language: "en" },
    { displayName: "Łukasz Żółć", address: "lukasz.zolc", language: "de" },
    { displayName: "Jürgen Groß", address: "juergen.gross", language: "de" },
    { displayName: "Ольга <script>alert(1)</script>", address: "olga.test", language: "ru" },
    { displayName: "Chloé Dubois", address: "chloe.dubois", language: "fr" },
    { displayName: "=cmd|'/c calc'!A1", address: "formula.name", language: "en" },
    { displayName: "🦄 Sam 👩🏽‍💻", address: "sam.unicorn", language: "en" },
    { displayName: "علی رضایی", address: "ali.rezaei", language: "ar" },
    { displayName: "María-José Núñez", address: "mariajose.nunez", language: "fr" },
    { displayName: "鈴木 一郎", address: "ichiro.suzuki", language: "ja" },
    { displayName: "Παναγιώτα Ελευθερίου", address: "panagiota.eleftheriou", language: "el" },
    { displayName: "Иван Кузнецов", address: "ivan.kuznetsov", language: "ru" },
    { displayName: "דוד לוי", address: "david.levi", language: "he" },
  ];
