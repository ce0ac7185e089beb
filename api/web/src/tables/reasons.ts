// What an import finds wrong, in Vietnamese. The server says it in English; what is not known
// here stays as it is.

const said: readonly [RegExp, string][] = [
  [/^is empty$/, 'để trống'],
  [/^(.+) is longer than (\d+) bytes$/, '$1 dài quá $2 byte'],
  [
    /^(.+) looks like a number mangled by a spreadsheet; keep the column as text$/,
    '$1 có vẻ bị bảng tính làm hỏng; để cột ở dạng văn bản',
  ],
  [/^(.+) holds a character that divides lists \(; \| ,\)$/, '$1 có ký tự dùng để ngăn danh sách (; | ,)'],
  [/^(.+) holds a control character$/, '$1 có ký tự điều khiển'],
  [/^(.+) is not a whole number$/, '$1 không phải số nguyên'],
  [/^(.+) is not a number$/, '$1 không phải số'],
  [/^(.+) is negative$/, '$1 là số âm'],
  [/^(.+) is more than (.+)$/, '$1 lớn hơn $2'],
  [/^(.+): out of range$/, '$1: ngoài phạm vi'],
  [
    /^unknown (household|team|hamlet|commune) (.+); (.+) exists: were leading zeros lost\?$/,
    'không có $1 $2; có $3: phải chăng mất số 0 ở đầu?',
  ],
  [/^unknown (household|team|hamlet|commune) (.+)$/, 'không có $1 $2'],
  [/^(.+) lies in the future: it is (.+) now.*$/, '$1 ở tương lai: bây giờ là $2'],
  [/^(.+) is shown but not assessed$/, '$1 được ghi là làm được nhưng không được đánh giá'],
  [/^(.+) is before (\w+) (.+)$/, '$1 trước $2 $3'],
  [/^(.+) is after (\w+) (.+)$/, '$1 sau $2 $3'],
  [/^(.+) is the area itself$/, '$1 chính là địa bàn này'],
  [/^(.+) has no time zone: write (.+)$/, '$1 thiếu múi giờ: viết $2'],
  [
    /^(.+) is neither a time such as (.+) nor a day such as (.+)$/,
    '$1 không phải giờ như $2, cũng không phải ngày như $3',
  ],
  [/^(.+) is not a skill of the programme: want (.+)$/, '$1 không phải kỹ năng của chương trình: dùng $2'],
  [/^(.+) is not the key of a skill.*$/, '$1 không phải kỹ năng'],
  [/^(.+): want (.+)$/, '$1: dùng $2'],
  [/^given twice in this import, first with other values$/, 'có hai lần trong lần nhập này, lần đầu với giá trị khác'],
  [
    /^the point lies (.+) m outside (.+), the commune of its hamlet$/,
    'điểm nằm ngoài $2, xã, phường của thôn, tổ đã khai, $1 m',
  ],
  [/^the point lies … m outside (.+), the commune of its hamlet$/, 'điểm nằm ngoài xã, phường của thôn, tổ đã khai'],
  [
    /^the point lies in no commune, and the household declares no hamlet$/,
    'điểm không nằm trong xã, phường nào, và hộ không khai thôn, tổ',
  ],
  [/^columns not used: (.+)$/, 'các cột không dùng: $1'],
  [/^the file has no column (.+): taken as empty$/, 'tệp không có cột $1: coi như để trống'],
  [/^(\d+|…) columns where the header has (\d+|…)$/, '$1 cột, trong khi dòng tiêu đề có $2'],
  [/^recorded before with another (.+); nothing was changed$/, 'đã ghi trước đây với $1 khác; không đổi gì'],
  [/^before the household was registered.*$/, 'trước ngày hộ được đăng ký'],
  [/^(.+) is before the household was registered.*$/, '$1 trước ngày hộ được đăng ký'],
  [/^other reasons$/, 'lý do khác'],
  [/^(?:lon )?(.+), lat (.+): longitude and latitude look swapped$/, '$1, lat $2: có vẻ kinh độ và vĩ độ bị đổi chỗ'],
  [
    /^(?:lon )?(.+), lat (.+): looks like projected metres.*$/,
    '$1, lat $2: có vẻ là mét theo VN-2000 hoặc UTM; cần độ theo WGS 84',
  ],
  [/^(.+): there is no month (.+)$/, '$1: không có tháng $2'],
  [/^(.+): there is no such day: .+ has (\S+) days$/, '$1: không có ngày này, tháng đó có $2 ngày'],
  [/^(.+) is not a day of the form YYYY-MM-DD$/, '$1 không phải ngày dạng YYYY-MM-DD'],
  [/^(.+) is not a time such as (.+)$/, '$1 không phải giờ như $2'],
  [/^(.+) is outside (\S+) to (\S+)$/, '$1 nằm ngoài khoảng từ $2 đến $3'],
  [/^is not UTF-8 text.*$/, 'không phải văn bản UTF-8; hãy lưu tệp dạng UTF-8'],
  [/^(.+) hamlets; a team serves at most (.+)$/, '$1 thôn, tổ dân phố; một tổ phụ trách nhiều nhất $2'],
  [
    /^(.+) does not tell the level: add a level .*$/,
    '$1 không cho biết cấp: thêm cột level (province, district, commune hoặc hamlet)',
  ],
  [
    /^(.+) is in (.+) of the same import with other values: .*$/,
    '$1 có trong $2 của cùng lần nhập với giá trị khác: hãy nhập tệp này riêng, sau tệp kia',
  ],
  [/^a quote is opened and never closed$/, 'dấu nháy mở mà không đóng'],
  [/^(.+) stands behind the closing quote$/, '$1 đứng sau dấu nháy đóng'],
  [/^a household is a Point, not a (.+)$/, 'một hộ là một điểm (Point), không phải $1'],
  [/^is an object where a text should stand$/, 'là một đối tượng, trong khi cần văn bản'],
  // Files that are no tables.
  [/^(.+): the column (.+) stands twice in the header$/, '$1: cột $2 có hai lần trong dòng tiêu đề'],
  [/^(.+): the header is not UTF-8 text: .*$/, '$1: dòng tiêu đề không phải văn bản UTF-8: hãy lưu thành CSV UTF-8'],
  [/^(.+): a file of (\w+) needs the columns? (.+)$/, '$1: tệp loại $2 cần có cột $3'],
  [/^(.+): no column of areas, households, teams or visits among (.+)$/, '$1: không nhận ra cột nào trong các cột $2'],
  [
    /^(.+): cannot tell whether it holds areas, households, teams or visits from the columns (.+)$/,
    '$1: không nhận ra loại tệp từ các cột $2; hãy chọn loại',
  ],
  [/^(.+): it is TopoJSON: convert it to GeoJSON$/, '$1: đây là TopoJSON: hãy chuyển sang GeoJSON'],
  [/^(.+): the file holds no features$/, '$1: tệp không có đối tượng nào'],
  [/^(.+): breaks off at byte (\d+) on line (\d+): the file is not whole$/, '$1: tệp đứt ở dòng $3, chưa trọn vẹn'],
  [/^(.+): the coordinates are in (.+): convert .*$/, '$1: tọa độ theo hệ $2: hãy chuyển sang kinh độ, vĩ độ (WGS 84)'],
  [/^(.+): the file is empty$/, '$1: tệp rỗng'],
  [
    /^(.+): the file is a ZIP archive or an \.xlsx workbook: save the sheet as CSV UTF-8$/,
    '$1: đây là tệp ZIP hoặc sổ Excel: hãy lưu trang tính thành CSV UTF-8',
  ],
  [
    /^(.+): the file is an \.xls workbook: save the sheet as CSV UTF-8$/,
    '$1: đây là sổ Excel cũ: hãy lưu trang tính thành CSV UTF-8',
  ],
  [/^(.+): the file is UTF-16 text: save it as CSV UTF-8$/, '$1: đây là văn bản UTF-16: hãy lưu thành CSV UTF-8'],
  [/^(.+): the file is not text: it holds zero bytes$/, '$1: tệp không phải văn bản'],
  [/^the server was stopped; nothing was changed$/, 'máy chủ đã dừng; chưa đổi gì'],
  [/^this server may only read the database$/, 'máy chủ này chỉ được đọc cơ sở dữ liệu'],
  [
    /^something went wrong, nothing was changed; the log of the server says what$/,
    'có lỗi, chưa đổi gì; nhật ký máy chủ nói rõ',
  ],
];

const nouns: Record<string, string> = {
  household: 'hộ',
  team: 'tổ',
  hamlet: 'thôn, tổ dân phố',
  commune: 'xã, phường',
  areas: 'địa bàn',
  hamlets: 'thôn, tổ dân phố',
  households: 'hộ',
  teams: 'tổ',
  visits: 'lượt đến',
};

/** A reason in Vietnamese; null where it is not known. */
export function inVietnamese(reason: string): string | null {
  for (const [pattern, words] of said) {
    const match = pattern.exec(reason);
    if (match) return words.replace(/\$(\d)/g, (_, n: string) => nouns[match[Number(n)]!] ?? match[Number(n)]!);
  }
  return null;
}
