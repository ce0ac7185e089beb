package style

import (
	"fmt"
	"image/color"
)

// The colours of the map, those of the web page too: a test compares them. A ramp has seven
// classes whose lightness in OKLab falls in even steps from 0.93 to 0.33: equal steps look
// equal, in grey and to colour-blind eyes as well; the hue only helps. Breaks are the lower
// bounds of the classes above the first: 0.2 and 0.5 are where flags begin.
var (
	rateBreaks   = []float64{0.1, 0.2, 0.35, 0.5, 0.65, 0.8}
	coverageRamp = []string{"#f3e9b8", "#b4d39e", "#71b99a", "#379a9a", "#107796", "#185286", "#1e2f6d"}
)

const (
	Surround   = "#e4e1d8"
	Land       = "#f4f0e6"
	Paper      = "#fbf8f1"
	Border     = "#4b5570"
	Ink        = "#22315c"
	TextColour = "#1c2540"
	Halo       = "rgba(251, 248, 241, 0.92)"
)

// HouseholdColours are the colours of households by what was done there, those of the web page too.
var HouseholdColours = []struct{ State, Colour string }{
	{"reached", "#185286"},
	{"revisit_due", "#a06a12"},
	{"contacted", "#2d8a80"},
	{"attempted", "#6b6f76"},
	{"unvisited", "#8f1d5c"},
}

// OtherHousehold is the colour of a household in any other state.
const OtherHousehold = "#6b6f76"

// parseColour reads a colour of the form #rrggbb.
func parseColour(css string) color.NRGBA {
	c := color.NRGBA{A: 255}
	if _, err := fmt.Sscanf(css, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		panic(fmt.Sprintf("colour %q: %v", css, err)) // they are constants
	}
	return c
}
