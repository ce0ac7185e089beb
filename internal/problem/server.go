package problem

// Problems of a server that has no room for a request, or does not take what is sent. They have no field.

// Busy is a request for which no memory became free in time.
func Busy() *Problem { return of("", "busy") }

// AnswerTooLarge is a request whose answer needs more memory than the server may take.
func AnswerTooLarge() *Problem { return of("", "answer_too_large") }

// TooManyVersions is a list of more versions of the boundaries than there may be in one.
func TooManyVersions(versions, limit int) *Problem {
	return of("", "too_many_versions", "versions", versions, "limit", limit)
}

// TooManyRequests is a request beyond what one address may send.
func TooManyRequests() *Problem { return of("", "too_many_requests") }

// SenderLimit is a post of visits beyond what one address may send in a day.
func SenderLimit() *Problem { return of("", "sender_limit") }

// VisitsClosed is a post of visits to a server that was started without them.
func VisitsClosed() *Problem { return of("", "visits_closed") }

// StoreUnavailable is a post of visits while the database cannot be written for a reason that may pass by itself.
func StoreUnavailable() *Problem { return of("", "store_unavailable") }

// StoreFull is a post of visits while there is no room for more where the database is kept.
func StoreFull() *Problem { return of("", "store_full") }

// NoRoomForFile is a request for a file that is made on the disk of the server first, where there is no room.
func NoRoomForFile() *Problem { return of("", "no_room_for_file") }

// StoreUnsound is a post of visits to a database that somebody took away or altered beside the server.
func StoreUnsound() *Problem { return of("", "store_unsound") }

// StoreReadOnly is a post of visits to a server that may only read its database.
func StoreReadOnly() *Problem { return of("", "store_read_only") }

// RecordsAltered is a store whose records are not those that the program wrote last; of each kind that differs there
// is an AlteredKind.
func RecordsAltered(kinds []*Problem) *Problem { return of("", "records_altered", "kinds", kinds) }

// AlteredKind is a kind of record, by the name of its file or "settings", of which the program wrote so many last, and
// so many are there, perhaps other ones.
func AlteredKind(kind string, written, found int) *Problem {
	return of("", "altered_kind", "kind", word(kind), "written", written, "found", found)
}

// OperatorOnly is a request for what only the operator of a server reads.
func OperatorOnly() *Problem { return of("", "operator_only") }
