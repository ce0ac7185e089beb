// Generated from coverage/rules/measure.go: go test ./coverage/rules -run TypeScript -update

/** The counts and rates of a row in tiles, but for those of skills and days. A rate is part / whole. */
export const measures = [
  {"key":"households","label":{"en":"Households","vi":"Số hộ"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"attempted","label":{"en":"Attempted","vi":"Đã đến"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"contacted","label":{"en":"Contacted","vi":"Đã gặp"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"reached","label":{"en":"Reached","vi":"Đã hoàn thành"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"revisit_due","label":{"en":"Revisit due","vi":"Cần quay lại"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"visits","label":{"en":"Visits","vi":"Lượt thăm"},"optional":false,"part":null,"pointer":false,"whole":null},
  {"key":"coverage","label":{"en":"Coverage","vi":"Tỷ lệ bao phủ"},"optional":false,"part":"reached","pointer":false,"whole":"households"},
  {"key":"attempt_rate","label":{"en":"Attempt rate","vi":"Tỷ lệ đã đến"},"optional":false,"part":"attempted","pointer":false,"whole":"households"},
  {"key":"success_rate","label":{"en":"Success rate","vi":"Tỷ lệ thành công"},"optional":false,"part":"reached","pointer":false,"whole":"contacted"},
  {"key":"registry_completeness","label":{"en":"Registry completeness","vi":"Độ đầy đủ của sổ"},"optional":true,"part":"households","pointer":false,"whole":"declared_households"},
] as const;
