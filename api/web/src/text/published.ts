// The words of what is published: windows, hidden counts, and how figures are released.
const vi = {
  windowAll: 'Tất cả đến {{day}}',
  windowRecent: '{{days}} ngày đến {{day}}',
  windowQuarter: 'Quý {{quarter}}/{{year}}',
  windowsToRelease: 'Đến ngày công bố',
  windowsOfMonths: 'Từng tháng',
  windowsOfQuarters: 'Từng quý',
  windowPublished: 'Kỳ công bố',
  kind_ever: 'Tất cả',
  kind_90d: '90 ngày',
  kind_month: 'Tháng',
  kind_quarter: 'Quý',

  replacedDays: 'Kỳ {{asked}} không được công bố. Đang hiện kỳ gần nhất: {{shown}}.',
  replacedOther: 'Cách xem này không được công bố. Đang hiện {{shown}}.',
  compareOnlyClosed: 'Chỉ so được một tháng hoặc một quý với kỳ trước đó cũng đã công bố.',
  operatorOnlyTeams: 'Số liệu từng tổ công nghệ số chỉ người phụ trách mới xem được.',
  operatorOnlyState: 'Tình trạng và chất lượng dữ liệu chỉ người phụ trách mới xem được.',
  operatorOnlyDays: 'Diễn biến theo ngày và theo tuần chỉ người phụ trách mới xem được.',
  toMap: 'Xem bản đồ',
  trendOfMonths: 'Đường: độ phủ của riêng từng tháng. Cột: lượt đến mỗi tháng.',
  trendOfMonthsSays: 'Độ phủ của tháng đầu là {{first}}, của tháng cuối là {{last}}.',

  about: 'khoảng {{number}}',
  fewer: 'dưới {{minimum}}',
  fewerShort: '<\u00a0{{minimum}}',
  fewerHouseholds: 'Có dưới {{minimum}} hộ.',
  fewerAssessed: 'Có dưới {{minimum}} hộ được đánh giá.',
  fewerLegend: 'Số đếm dưới {{minimum}}, được che',
  fewerWhy: 'Số dưới {{minimum}} được che, các số khác làm tròn đến {{rounding}}, để không ai bị nhận ra.',
  notShown: 'không công bố, vì có số đếm dưới {{minimum}}',

  publishedOn: 'Số liệu công bố ngày {{release}}, kỳ sau {{next}}.',
  publishedShort: 'công bố {{release}}',
  publishedRule: 'Số đếm làm tròn đến {{rounding}}, dưới {{minimum}} được che; các số có thể không cộng khớp.',
  publishedHow: 'Vì sao như vậy?',
  publishedTitle: 'Số liệu được công bố thế nào',
  publishedDays:
    'Số liệu trên các trang này là của các lượt đến trước ngày {{release}}; kỳ công bố sau là ngày {{next}}. Lượt đến từ ngày công bố chưa được tính vào.',
  publishedWindows:
    'Xem được từng kỳ cố định: tất cả đến ngày công bố, 90 ngày gần nhất, từng tháng và từng quý đã hết. Nếu chọn được ngày tuỳ ý, lấy kỳ này trừ kỳ kia sẽ ra vài hộ.',
  publishedCounts:
    'Mỗi số đếm dưới {{minimum}}, kể cả 0, hiện là “dưới {{minimum}}”; các số khác được làm tròn ngẫu nhiên lên hoặc xuống bội số của {{rounding}}. Cùng một nhóm hộ luôn cho cùng một số. Tỷ lệ tính từ các số đã làm tròn.',
  publishedSums:
    'Vì vậy tổng các thôn có thể khác số của xã, và số của hai kỳ liền nhau có thể khác số của cả hai kỳ. Đó không phải là lỗi: số của mỗi nơi, mỗi kỳ được làm tròn riêng.',
  publishedPlaces:
    'Địa giới là của ngày {{boundaries}}. Ô lục giác nhỏ nhất rộng khoảng 0,1 km². Lần đến gần nhất chỉ ghi tháng.',
  publishedOperator:
    'Số đúng từng hộ, ngày tuỳ ý, theo ngày, theo tuần và theo từng tổ chỉ người phụ trách chương trình mới xem được.',
};

const en: typeof vi = {
  windowAll: 'Everything until {{day}}',
  windowRecent: '{{days}} days until {{day}}',
  windowQuarter: 'Quarter {{quarter}} of {{year}}',
  windowsToRelease: 'Up to the release',
  windowsOfMonths: 'By month',
  windowsOfQuarters: 'By quarter',
  windowPublished: 'Published period',
  kind_ever: 'Everything',
  kind_90d: '90 days',
  kind_month: 'Month',
  kind_quarter: 'Quarter',

  replacedDays: '{{asked}} is not published. Shown instead is the nearest period: {{shown}}.',
  replacedOther: 'This view is not published. Shown is {{shown}}.',
  compareOnlyClosed: 'Only a month or a quarter can be compared, with an earlier one that is published too.',
  operatorOnlyTeams: 'Figures of single digital teams are for those who run the programme.',
  operatorOnlyState: 'The state and the quality of the data are for those who run the programme.',
  operatorOnlyDays: 'Progress by day and week is for those who run the programme.',
  toMap: 'Open the map',
  trendOfMonths: 'Line: coverage of each month by itself. Bars: visits in each month.',
  trendOfMonthsSays: 'Coverage of the first month is {{first}}, of the last month {{last}}.',

  about: 'about {{number}}',
  fewer: 'fewer than {{minimum}}',
  fewerShort: '<\u00a0{{minimum}}',
  fewerHouseholds: 'Fewer than {{minimum}} households.',
  fewerAssessed: 'Fewer than {{minimum}} households were assessed.',
  fewerLegend: 'Count below {{minimum}}, hidden',
  fewerWhy:
    'Counts below {{minimum}} are hidden and others are rounded to {{rounding}}, so that nobody can be recognised.',
  notShown: 'not published, because of a count below {{minimum}}',

  publishedOn: 'Figures published on {{release}}, the next on {{next}}.',
  publishedShort: 'published {{release}}',
  publishedRule: 'Counts are rounded to {{rounding}}, below {{minimum}} they are hidden; figures need not add up.',
  publishedHow: 'Why is that?',
  publishedTitle: 'How figures are published',
  publishedDays:
    'The figures on these pages are of visits before {{release}}; the next release is on {{next}}. Visits from the day of the release on are not counted yet.',
  publishedWindows:
    'Fixed periods can be seen: everything up to the release, the last 90 days, and each month and quarter that has ended. If any days could be chosen, subtracting one period from another would leave a few households.',
  publishedCounts:
    'A count below {{minimum}}, 0 among them, reads “fewer than {{minimum}}”; any other is rounded at random, up or down, to a multiple of {{rounding}}. The same households always show the same figure. Rates are made from rounded counts.',
  publishedSums:
    'So hamlets may not add up to their commune, nor two periods to both together. That is no mistake: each place and each period is rounded by itself.',
  publishedPlaces:
    'Boundaries are those of {{boundaries}}. The smallest hexagons have about 0.1 km². Of the latest visit only the month is given.',
  publishedOperator: 'Exact counts, any days, figures by day, by week and by team are for those who run the programme.',
};

export const published = { vi, en };
