// Package rules defines the figures of the programme: what visits make of a household, counts of households,
// rates with their intervals, flags and the thresholds at which they are raised, and which of them may be shown
// beside suppressed counts. It implements docs/indicators.md, and depends on neither stores nor the index.
package rules

// Definition is the version of docs/indicators.md that the program computes. Every answer
// and file carries it. It changes when the meaning of a figure does, and goes into the
// version of the data, so that answers computed by an older definition are not taken for
// answers of this one.
const Definition = "1"
