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

// OperatorOnly is a request for what only the operator of a server reads.
func OperatorOnly() *Problem { return of("", "operator_only") }
