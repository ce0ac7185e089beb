package main

// vietnamese has the sentences of the command line in Vietnamese, by their English form. The names of flags, layers,
// formats and columns are the same in both languages.
var vietnamese = map[string]string{
	// Wrong usage.
	"Try: tungnha --help": "Xem: tungnha --help",
	"interrupted":         "đã bị ngắt",
	"there is no file %s": "không có tệp %s",
	"a password on the command line can be read by everyone on this machine: put it into the file of PGPASSFILE (~/.pgpass) or of PGSERVICE, or the whole URL into TUNGNHA_DB": "mọi người " +
		"dùng máy này đều đọc được mật khẩu trên dòng lệnh: hãy ghi mật khẩu vào tệp của PGPASSFILE (~/.pgpass) " +
		"hoặc của PGSERVICE, hoặc ghi cả URL vào TUNGNHA_DB",
	"there is no database %s: make one with tungnha import, or try tungnha demo": "không có cơ sở dữ liệu %s: " +
		"hãy tạo bằng tungnha import, hoặc thử tungnha demo",
	"--level: the zoom decides which levels a tile of pmtiles has": "--level: mức phóng quyết định một mảnh bản " +
		"đồ trong pmtiles có những cấp nào",
	"--resolution: the zoom decides the resolution in pmtiles; --max-zoom bounds it": "--resolution: mức phóng " +
		"quyết định độ phân giải trong pmtiles; --max-zoom giới hạn mức phóng",
	"--kind narrows the layer flags only":       "--kind chỉ thu hẹp lớp flags",
	"--hotspots: only the layer cells has them": "--hotspots: chỉ lớp cells mới có",
	"%s is the database to copy: name another to copy it into": "%s chính là cơ sở dữ liệu cần sao chép: hãy ghi " +
		"tên một cơ sở dữ liệu khác làm nơi nhận",
	"--format geojson: a %s has no place on a map":  "--format geojson: %s không có vị trí trên bản đồ",
	"--db: a demonstration is kept in a .gpkg file": "--db: bản trình diễn được giữ trong tệp .gpkg",
	"%s is not a demonstration: give --db another path": "%s không phải bản trình diễn: hãy ghi một đường dẫn " +
		"khác cho --db",
	"--format is needed where the name of the file does not tell it: %s": "cần có --format khi tên tệp không cho " +
		"biết định dạng: %s",
	"format %q: want %s": "định dạng %q không có; cần một trong các định dạng: %s",
	"--min-zoom and --max-zoom bound the zooms of pmtiles only": "--min-zoom và --max-zoom chỉ giới hạn mức " +
		"phóng của pmtiles",
	"--suppress: households themselves are never fit to publish": "--suppress: không bao giờ được công bố từng hộ",
	"--households: %d: want 0 or more":                           "--households: %d: cần số từ 0 trở lên",
	"%s %q: %s: want HOST:PORT, such as 127.0.0.1:8080":          "%s %q: %s: cần MÁY:CỔNG, chẳng hạn 127.0.0.1:8080",
	"%s is in use by another program: give %s another port": "%s đang được chương trình khác dùng: hãy ghi " +
		"một cổng khác cho %s",

	"--memory: %q: want a number of bytes such as 1536MiB or 2GiB": "--memory: %q: cần một số byte, chẳng hạn " +
		"1536MiB hoặc 2GiB",
	"--memory: %q: a server needs 128MiB at least": "--memory: %q: máy chủ cần ít nhất 128MiB",

	// The settings file.
	"settings: %s":                            "tệp cấu hình: %s",
	"settings %s: %s":                         "tệp cấu hình %s: %s",
	"settings %s: release: %s":                "tệp cấu hình %s: release: %s",
	"settings %s line %d: %s":                 "tệp cấu hình %s, dòng %d: %s",
	"settings %s: thresholds.province.%q: %s": "tệp cấu hình %s: thresholds.province.%q: %s",
	"settings %s: unknown key %s":             "tệp cấu hình %s: không có khóa %s",
	"%s: %q: want one of %s":                  "%s: %q: cần một trong các giá trị: %s",
	"skills: %d; at most %d":                  "skills: %d; nhiều nhất %d",
	"skills: key %q of number %d: want small letters, digits and _, a letter first": "skills: khóa %q ở vị trí " +
		"%d: cần chữ thường không dấu, chữ số và _, bắt đầu bằng chữ",
	"skills: key %q is there twice":          "skills: khóa %q có hai lần",
	"skills: %s needs both names, en and vi": "skills: %s cần cả hai tên, en và vi",
	"thresholds.province.%q: want the code of a province, such as \"48\"": "thresholds.province.%q: cần mã của " +
		"một tỉnh, thành phố, chẳng hạn \"48\"",
	"%s.%s: %v: want a share from 0 to 1": "%s.%s: %v: cần một tỷ lệ từ 0 đến 1",
	"%s.registry_high: %v: want 1 to 100": "%s.registry_high: %v: cần từ 1 đến 100",
	"%s.%s: %d: want 0 to 1000000":        "%s.%s: %d: cần từ 0 đến 1000000",

	// backup
	"PostgreSQL has its own backups: pg_dump, or continuous archiving; tungnha copy writes such a database into a file": "PostgreSQL " +
		"có cách sao lưu riêng: pg_dump hoặc lưu trữ liên tục; tungnha copy chép một cơ sở dữ liệu như vậy vào tệp",
	"--every and --keep: %s is no folder":             "--every và --keep: %s không phải là thư mục",
	"--every and --keep: want more than 0":            "--every và --keep: cần lớn hơn 0",
	"no backup was made of %s: %s; see tungnha check": "chưa sao lưu được %s: %s; xem tungnha check",
	"%s: %d areas, %d teams, %d households and %d visits, read back and sound\n": "%s: %d địa bàn, %d tổ, %d hộ và " +
		"%d lượt thăm, đã đọc lại và không có lỗi\n",

	// check
	"the check of the database found something": "việc kiểm tra cơ sở dữ liệu đã phát hiện vấn đề",
	"%s: %d areas, %d teams, %d households, %d visits, revision %d\n": "%s: %d địa bàn, %d tổ, %d hộ, %d lượt thăm, " +
		"bản sửa đổi %d\n",
	"pages and indexes":       "trang tệp và chỉ mục",
	"references":              "tham chiếu",
	"tables, views, triggers": "bảng, khung nhìn, trigger",
	"types of values":         "kiểu giá trị",
	"tables for GIS programs": "bảng dành cho phần mềm GIS",
	"records, compared with what this program wrote last": "bản ghi, so với lần ghi cuối của chương trình này",
	"%s: sound\n": "%s: không có lỗi\n",
	"The tables are of an earlier version (%d, this program has %d): the next start of the server, or tungnha import, brings them up to date.\n": "Các " +
		"bảng thuộc phiên bản trước (%d, chương trình này dùng %d): lần khởi động máy chủ kế tiếp, hoặc tungnha import, sẽ cập nhật.\n",
	"The records are accepted as they are.": "Các bản ghi được chấp nhận như hiện có.",
	"Another program edited the records; a running program noticed it at %s. If the edits are wanted: tungnha check --accept\n": "Một " +
		"chương trình khác đã sửa các bản ghi; chương trình đang chạy nhận ra lúc %s. Nếu đúng là muốn sửa: " +
		"tungnha check --accept\n",
	"The records are damaged, or another program edited them while no server was running. Restore a backup or, if the edits are wanted: tungnha check --accept": "Các " +
		"bản ghi bị hỏng, hoặc một chương trình khác đã sửa khi không có máy chủ nào chạy. Hãy khôi phục từ bản sao " +
		"lưu hoặc, nếu đúng là muốn sửa: tungnha check --accept",

	// revert
	"%s %q: want a moment such as 2026-03-31T08:00:00+07:00": "%s %q: cần một thời điểm, chẳng hạn " +
		"2026-03-31T08:00:00+07:00",
	"revert needs --batch, --sender, --since or --unknown; --list shows the batches": "revert cần --batch, --sender, " +
		"--since hoặc --unknown; --list liệt kê các lô",
	"--unknown is for itself: without --batch, --sender, --since and --until": "--unknown dùng riêng: không kèm " +
		"--batch, --sender, --since và --until",
	"%d visits stay withdrawn: recorded again meanwhile, or without household or team\n": "%d lượt thăm vẫn bị rút: " +
		"đã được ghi lại trong lúc đó, hoặc không còn hộ hay tổ\n",
	"%d visits would be withdrawn, %d would be brought back\n": "%d lượt thăm sẽ bị rút, %d lượt sẽ được khôi phục\n",
	"%d visits do not count: %s\n":                             "%d lượt thăm không được tính: %s\n",
	"there are no such visits: nothing was changed\n":          "không có lượt thăm nào như vậy: không có gì thay đổi\n",
	"%d visits withdrawn, %d brought back, as batch %d; tungnha revert --batch %d undoes it\n": "đã rút %d lượt thăm, " +
		"khôi phục %d lượt, thành lô %d; tungnha revert --batch %d hoàn tác việc này\n",

	// import, sample, demo, copy
	"tungnha: to get the rejected rows in a file, import again with --rejects FILE.csv": "tungnha: để lấy các " +
		"dòng bị loại ra một tệp, hãy nhập lại với --rejects TỆP.csv",
	"%d areas, %d hamlets, %d households, %d teams, %d visits in %s\n": "%d địa bàn, %d thôn, tổ dân phố, %d hộ, " +
		"%d tổ, %d lượt thăm trong %s\n",
	"Making up a programme of %d households …\n": "Đang dựng một chương trình mẫu gồm %d hộ …\n",
	"%s: %d areas, %d teams, %d households and %d visits, read back and equal\n": "%s: %d địa bàn, %d tổ, %d hộ " +
		"và %d lượt thăm, đã đọc lại và thấy khớp\n",
	"copy %s to %s: it holds %+v, and %+v was copied": "sao chép %s sang %s: nơi nhận có %+v, trong khi đã chép %+v",
	"%s: %s of the layer %s, %s to %s, boundaries of %s, definition %s, data %s\n": "%s: %s của lớp %s, từ %s " +
		"đến %s, ranh giới ngày %s, định nghĩa %s, dữ liệu %s\n",

	// coverage
	"Rows of teams do not add up: a hamlet with two teams counts under both.": "Không cộng các dòng của tổ được: " +
		"thôn, tổ dân phố có hai tổ phụ trách được tính cho cả hai.",
	"KEY": "MÃ", "NAME": "TÊN", "HOUSEHOLDS": "SỐ HỘ", "ATTEMPTED": "ĐÃ GÕ CỬA", "REACHED": "ĐÃ TIẾP CẬN",
	"COVERAGE": "ĐỘ PHỦ",
	"ATTEMPT":  "GÕ CỬA", "SUCCESS": "THÀNH CÔNG", "REVISIT": "CẦN ĐẾN LẠI", "VISITS": "LƯỢT THĂM",
	"LAST VISIT": "LẦN THĂM CUỐI",
	"FLAGS":      "CẢNH BÁO", "TOTAL": "TỔNG", "(no area)": "(ngoài địa bàn)",
	"ever": "đầu",
	"%d rows, %s to %s, boundaries of %s, data %s\n": "%d dòng, từ %s đến %s, ranh giới ngày %s, dữ liệu %s\n",

	// verify
	"The data have moved on since: %s now has version %s. What follows is the file beside what it says now.\n": "Dữ liệu đã " +
		"thay đổi từ đó: %s nay có phiên bản %s. Dưới đây là tệp so với dữ liệu hiện nay.\n",
	"This file has the rounded counts of a release; it was compared with what the public may see of it.": "Tệp này " +
		"có số liệu đã làm tròn của một kỳ công bố; đã so với những gì công chúng được xem trong kỳ đó.",
	"An earlier rule hid counts in this file. What it shows was compared with the exact counts; what it hides, flags " +
		"and hot spots were not compared.": "Tệp này che số liệu theo một quy tắc cũ. Phần hiện số đã được so với " +
		"số chính xác; phần bị che, cảnh báo và cụm nóng, lạnh không được so.",
	"rows   %d in the file: %d the same, %d changed, %d not in the database; %d of the database not in the file\n": "dòng   %d " +
		"trong tệp: %d giống, %d đã đổi, %d không có trong cơ sở dữ liệu; %d của cơ sở dữ liệu không có trong " +
		"tệp\n",
	"total  the same":                    "tổng   giống nhau",
	"total  %d of its members changed\n": "tổng   %d mục đã đổi\n",
	"sums   rows of %s do not add up to the total: they are no partition of it\n": "cộng   các dòng của %s không " +
		"cộng thành tổng: chúng không phải một cách chia tổng\n",
	"  total %s: %s in the file, %s in the database\n":    "  tổng %s: %s trong tệp, %s trong cơ sở dữ liệu\n",
	"  row %q: %s in the file, %s in the database\n":      "  dòng %q: %s trong tệp, %s trong cơ sở dữ liệu\n",
	"  row %q %s: %s in the file, %s in the database\n":   "  dòng %q %s: %s trong tệp, %s trong cơ sở dữ liệu\n",
	"  (the first %d differences)\n":                      "  (%d khác biệt đầu tiên)\n",
	"The file agrees with the database.":                  "Tệp khớp với cơ sở dữ liệu.",
	"sums   %s: the rows add up to %d, the total is %d\n": "cộng   %s: các dòng cộng lại được %d, tổng ghi %d\n",
	"sums   the rows add up to the total in all %d counts\n": "cộng   các dòng cộng lại đúng bằng tổng ở cả %d " +
		"số đếm\n",
	"sums   the rows add up to the total in %d counts, and in %d to less: there some rows keep theirs back\n": "cộng   các " +
		"dòng cộng lại đúng bằng tổng ở %d số đếm, và ít hơn ở %d: ở đó có dòng giữ lại số của mình\n",
	"nothing":                            "không có gì",
	"the file differs from the database": "tệp khác với cơ sở dữ liệu",
}
