// What an import finds wrong, in Vietnamese. The server says it in English; what is not known
// here stays as it is.

const said: readonly [RegExp, string][] = [
  [/^is empty$/, 'để trống'],
  [/^(.+) is longer than (\d+) bytes$/, '$1 dài quá $2 byte'],
  [/^(.+) looks like a number mangled by a spreadsheet; keep the column as text$/, '$1 có vẻ bị bảng tính làm hỏng; để cột ở dạng văn bản'],
  [/^(.+) holds a character that divides lists \(; \| ,\)$/, '$1 có ký tự dùng để ngăn danh sách (; | ,)'],
  [/^(.+) holds a control character$/, '$1 có ký tự điều khiển'],
  [/^(.+) is not a whole number$/, '$1 không phải số nguyên'],
  [/^(.+) is not a number$/, '$1 không phải số'],
  [/^(.+) is negative$/, '$1 là số âm'],
  [/^(.+) is more than (.+)$/, '$1 lớn hơn $2'],
  [/^(.+): out of range$/, '$1: ngoài phạm vi'],
  [/^unknown (household|team|hamlet|commune) (.+); (.+) exists: were leading zeros lost\?$/, 'không có $1 $2; có $3: phải chăng mất số 0 ở đầu?'],
  [/^unknown (household|team|hamlet|commune) (.+)$/, 'không có $1 $2'],
  [/^(.+) lies in the future: it is (.+) now.*$/, '$1 ở tương lai: bây giờ là $2'],
  [/^(.+) is shown but not assessed$/, '$1 được ghi là làm được nhưng không được đánh giá'],
  [/^(.+) is before (\w+) (.+)$/, '$1 trước $2 $3'],
  [/^(.+) is after (\w+) (.+)$/, '$1 sau $2 $3'],
  [/^(.+) is the area itself$/, '$1 chính là địa bàn này'],
  [/^(.+) has no time zone: write (.+)$/, '$1 thiếu múi giờ: viết $2'],
  [/^(.+) is neither a time such as (.+) nor a day such as (.+)$/, '$1 không phải giờ như $2, cũng không phải ngày như $3'],
  [/^(.+) is not a skill of the programme: want (.+)$/, '$1 không phải kỹ năng của chương trình: dùng $2'],
  [/^(.+) is not the key of a skill.*$/, '$1 không phải kỹ năng'],
  [/^(.+): want (.+)$/, '$1: dùng $2'],
  [/^given twice in this import, first with other values$/, 'có hai lần trong lần nhập này, lần đầu với giá trị khác'],
  [/^the point lies (.+) m outside (.+), the commune of its hamlet$/, 'điểm nằm ngoài $2, xã, phường của thôn, tổ đã khai, $1 m'],
  [/^the point lies … m outside (.+), the commune of its hamlet$/, 'điểm nằm ngoài xã, phường của thôn, tổ đã khai'],
  [/^the point lies in no commune, and the household declares no hamlet$/, 'điểm không nằm trong xã, phường nào, và hộ không khai thôn, tổ'],
  [/^columns not used: (.+)$/, 'các cột không dùng: $1'],
  [/^the file has no column (.+): taken as empty$/, 'tệp không có cột $1: coi như để trống'],
  [/^(\d+|…) columns where the header has (\d+|…)$/, '$1 cột, trong khi dòng tiêu đề có $2'],
  [/^recorded before with another (.+); nothing was changed$/, 'đã ghi trước đây với $1 khác; không đổi gì'],
  [/^before the household was registered.*$/, 'trước ngày hộ được đăng ký'],
  [/^(.+) is before the household was registered.*$/, '$1 trước ngày hộ được đăng ký'],
  [/^other reasons$/, 'lý do khác'],
  // Files that are no tables.
  [/^(.+): the file is empty$/, '$1: tệp rỗng'],
  [/^(.+): the file is a ZIP archive or an \.xlsx workbook: save the sheet as CSV UTF-8$/, '$1: đây là tệp ZIP hoặc sổ Excel: hãy lưu trang tính thành CSV UTF-8'],
  [/^(.+): the file is an \.xls workbook: save the sheet as CSV UTF-8$/, '$1: đây là sổ Excel cũ: hãy lưu trang tính thành CSV UTF-8'],
  [/^(.+): the file is UTF-16 text: save it as CSV UTF-8$/, '$1: đây là văn bản UTF-16: hãy lưu thành CSV UTF-8'],
  [/^(.+): the file is not text: it holds zero bytes$/, '$1: tệp không phải văn bản'],
  [/^the server was stopped; nothing was changed$/, 'máy chủ đã dừng; chưa đổi gì'],
  [/^this server may only read the database$/, 'máy chủ này chỉ được đọc cơ sở dữ liệu'],
  [/^something went wrong, nothing was changed; the log of the server says what$/, 'có lỗi, chưa đổi gì; nhật ký máy chủ nói rõ'],
];

const nouns: Record<string, string> = { household: 'hộ', team: 'tổ', hamlet: 'thôn, tổ dân phố', commune: 'xã, phường' };

/** A reason in Vietnamese; null where it is not known. */
export function inVietnamese(reason: string): string | null {
  for (const [pattern, words] of said) {
    const match = pattern.exec(reason);
    if (match) return words.replace(/\$(\d)/g, (_, n: string) => nouns[match[Number(n)]!] ?? match[Number(n)]!);
  }
  return null;
}
