package postgis

import "tungnha/data"

// CacheHouseholds bounds how many households a transaction keeps.
func CacheHouseholds(tx data.Tx, most int) { tx.(*Tx).householdCache.most = most }
