/** Topics of group and meeting chats; some are hostile to file systems. */
export const chatTopics: readonly string[] = [
  "Project Phoenix",
  "Vertrieb Süd – Größenordnung",
  "All hands 🎉 / everyone",
  "Проект «Заря»",
  "四半期レビュー",
  "ميزانية ٢٠٢٦",
  "../../escape: <b>topic</b> | CON?",
  "תכנון שנתי",
  "त्योहार की योजना",
  "แผนงานประจำปี",
  "Ομάδα έργου",
  "=SUM(A1:A9)",
  "Very long topic ".repeat(20),
  "project phoenix",
];
